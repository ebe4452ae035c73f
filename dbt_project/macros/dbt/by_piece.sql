{# A table that is made piece by piece, by month or by period, so that a history of any length fits in memory; and of
   which only those pieces are made again whose `built_from` has changed; a piece that is no more goes. A changed project
   makes all pieces again, as does a change of the table by anything else. The pieces are
   rows of another model; its `piece` names one, `piece_file` the file that it is read from, `piece_from` and `piece_to`
   its first and last month. What stands for them in a model's SQL comes from the macros of sql/pieces.sql. #}
{% materialization by_piece, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_built_elsewhere = model.unique_id in var('built_elsewhere', {}) -%}
    {#- Its pieces are of this version of the project, and nothing else has changed them since: see contents.sql. -#}
    {%- set record = "select 1 from build_log.contents where name = '" ~ model.unique_id ~ "'" -%}
    {%- set is_of_this_version = run_query(record).rows | length > 0 -%}
    {%- set is_kept = (
        existing is not none and existing.is_table and is_of_this_version
        and not should_full_refresh() and not is_built_elsewhere
    ) -%}

    {% if existing is not none and not is_kept %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% if not is_kept %}
        {% call statement('create') %}
            {{ create_table_as(false, target_relation, of_piece(sql, ['1000-01-01', none, '1000-01-01', '1000-01-01'])) }}
        {% endcall %}
    {% endif %}

    {% if not is_built_elsewhere %}
        {%- set pieces = adapter.get_relation(this.database, 'intermediate', config.require('pieces_of')) -%}
        {%- set piece = config.require('piece') -%}
        {%- set wanted = config.get('pieces_where', 'true') -%}
        {%- set stale -%}
            select
                cast({{ piece }} as varchar),
                {{ config.get('piece_file', 'null') }},
                cast({{ config.get('piece_from', piece) }} as varchar),
                cast({{ config.get('piece_to', piece) }} as varchar)
            from {{ pieces }}
            where {{ wanted }} and built_from not in (select distinct built_from from {{ target_relation }})
            order by 3, 1
        {%- endset -%}
        {% call statement('gone') %}
            delete from {{ target_relation }}
            where {{ piece }} not in (select {{ piece }} from {{ pieces }} where {{ wanted }})
        {% endcall %}
        {% for row in run_query(stale).rows %}
            {% call statement('piece') %}
                delete from {{ target_relation }} where {{ piece }} = '{{ row[0] }}';
                insert into {{ target_relation }} by name (
                    {{ of_piece(sql, row.values()) }}
                )
            {% endcall %}
        {% endfor %}
    {% endif %}

    {% call statement('main') %} select 1 {% endcall %}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# A model's SQL for one piece. #}
{% macro of_piece(sql, piece) -%}
    {%- set rows = parquet_files([piece[1]]) if piece[1] else no_lake_rows('trade_detail') -%}
    {{ sql
        | replace('__piece__', piece[0])
        | replace('__rows__', rows)
        | replace('__from__', piece[2])
        | replace('__to__', piece[3]) }}
{%- endmacro %}
