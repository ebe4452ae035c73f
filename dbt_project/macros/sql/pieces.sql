{# Models that are made piece by piece: on DuckDB what stands here is replaced by one piece after the other (see
   dbt/by_piece.sql); on Spark, which has many machines, it is all of them at once. #}
{% macro piecewise() -%} {{ 'table' if target.type == 'spark' else 'by_piece' }} {%- endmacro %}

{# The piece: its row of the model that lists pieces. #}
{% macro pieces(model, piece, condition='true') -%}
    select * from {{ ref(model) }}
    where {{ condition }}{{ '' if target.type == 'spark' else " and " ~ piece ~ " = '__piece__'" }}
{%- endmacro %}

{# The lake's rows of the piece. #}
{% macro lake_piece(table, model, condition='true') -%}
    {%- if target.type == 'spark' -%}
        {{ lake_rows(table, 'select file from ' ~ ref(model) ~ ' where ' ~ condition ~ ' order by month') }}
    {%- else -%}
        __rows__
    {%- endif -%}
{%- endmacro %}

{# That a month is of the piece, said so that DuckDB reads no more of a table than that. #}
{% macro is_within_piece(month) -%}
    {{ 'true' if target.type == 'spark' else month ~ " between '__from__' and '__to__'" }}
{%- endmacro %}
