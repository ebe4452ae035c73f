{# Rows of the lake: the files that a query names, read where they lie; no row where it names none. The query has one
   column, `file`, and is run when the model is: what it reads must be built by then. #}
{% macro lake_rows(table, files_query) -%}
    {%- set files = run_query(files_query).columns[0].values() | unique | list if execute else [] -%}
    {{ parquet_files(files) if files else no_lake_rows(table) }}
{%- endmacro %}

{# No row, in the columns of a table of the lake; a test holds them to orchestration/sources/detail.py. #}
{% macro no_lake_rows(table) -%}
    {%- set columns = {
        'trade_detail': {
            'month': 'date', 'flow': 'string', 'hs_code': 'string', 'hs_edition': 'string', 'partner_code': 'string',
            'value': 'decimal(18, 3)', 'currency': 'string', 'weight_kg': 'decimal(18, 3)', 'quantity': 'double',
            'quantity_unit': 'string', 'line_number': 'integer', 'source_id': 'string', 'vintage': 'string',
            'payload_sha256': 'string'
        },
        'trade_mirror': {
            'month': 'date', 'flow': 'string', 'hs_code': 'string', 'hs_edition': 'string', 'reporter_code': 'string',
            'value': 'decimal(18, 3)', 'currency': 'string', 'valuation': 'string', 'weight_kg': 'decimal(18, 3)',
            'line_number': 'integer', 'source_id': 'string', 'vintage': 'string', 'payload_sha256': 'string'
        },
    } -%}
    (
        select
            {% for name, kind in columns[table].items() -%}
            cast(null as {{ kind }}) as {{ name }}{{ ',' if not loop.last }}
            {% endfor %}
        where false
    )
{%- endmacro %}

{% macro parquet_files(files) -%}
    {%- if target.type == 'spark' -%}
        {#- one absolute pattern: Spark would look for one that begins with a brace where it runs -#}
        parquet.`{{ '/{' ~ files | map('trim', '/') | join(',') ~ '}' if files | length > 1 else files[0] }}`
    {%- else -%}
        read_parquet(['{{ files | map("replace", "'", "''") | join("', '") }}'], hive_partitioning = true, hive_types = {'month': date, 'year': integer})
    {%- endif -%}
{%- endmacro %}

{# Whole thousands of HK dollars from an amount: the sources' own unit, in which adding up and sharing out is exact. #}
{% macro hkd_thousands(amount, hkd_per_unit) -%}
    cast(floor(cast({{ amount }} as double) * cast({{ hkd_per_unit }} as double) / 1000 + 0.5) as bigint)
{%- endmacro %}

{# HK$ million from whole thousands. #}
{% macro hkd_mn(thousands) -%} cast({{ thousands }} * 0.001 as decimal(18, 3)) {%- endmacro %}

{# What falls on the part of a whole from one share to another. Parts that meet add up to the whole exactly. #}
{% macro part_of(whole, share_from, share_to) -%}
    case
        when {{ share_from }} = 0 and {{ share_to }} = 1 then {{ whole }}
        else cast(floor({{ whole }} * {{ share_to }}) as bigint) - cast(floor({{ whole }} * {{ share_from }}) as bigint)
    end
{%- endmacro %}

{# Texts in their own order, as one; null where there are none. #}
{% macro joined_texts(text) -%}
    {%- if target.type == 'spark' -%}
        nullif(array_join(sort_array(collect_list({{ text }})), ','), '')
    {%- else -%}
        string_agg({{ text }}, ',' order by {{ text }})
    {%- endif -%}
{%- endmacro %}
