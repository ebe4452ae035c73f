{# A table whose rows another engine has computed comes from its files, under the same contract, keys and comments. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- set files = var('built_elsewhere', {}).get(model.unique_id) -%}
    {{ dbt.duckdb__create_table_as(
        temporary,
        relation,
        "select * from read_parquet('" ~ files | replace("'", "''") ~ "')" if files else compiled_code,
        language,
        partitioned_by=partitioned_by,
        sorted_by=sorted_by,
    ) }}
{%- endmacro %}
