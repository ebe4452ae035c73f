{# A double as a decimal, half a step away from zero. Said in steps: DuckDB and Spark cast a double that lies within a bit
   of half a step to different decimals (Spark reads its shortest text, 1.8114999999999999 as 1.811; DuckDB gives 1.812). #}
{% macro to_decimal(amount, places=3) -%}
    cast(
        cast(round(({{ amount }}) * {{ 10 ** places }}) as bigint) * 0.{{ '0' * (places - 1) }}1
        as decimal(18, {{ places }})
    )
{%- endmacro %}

{# A whole number of up to 38 digits as the nearest double. Said by its text: from 2^64 on DuckDB's own cast rounds twice. #}
{% macro nearest_double(amount) -%} cast(cast({{ amount }} as string) as double) {%- endmacro %}
