{# What live sources share, to give the columns of `published_figure`. DuckDB only: for staging. #}

{# A month and a year from `202603`. #}
{% macro month_of(period) -%} {{ period }}[1:4] || '-' || {{ period }}[5:6] {%- endmacro %}

{# The first month of a window of so many months that ends in a period such as `202603`. #}
{% macro window_start(period, months) -%}
    strftime(strptime({{ period }}, '%Y%m') - interval ({{ months - 1 }}) month, '%Y-%m')
{%- endmacro %}

{# The label of a period of C&SD's web tables, whose quarters and halves carry their last month. #}
{% macro web_table_period(freq, period) -%}
    case {{ freq }}
        when 'M' then {{ month_of(period) }}
        when 'Y' then {{ period }}
        when 'Q' then {{ period }}[1:4] || '-Q' || cast(cast({{ period }}[5:6] as integer) // 3 as varchar)
        when 'H' then {{ period }}[1:4] || '-H' || cast(cast({{ period }}[5:6] as integer) // 6 as varchar)
        when 'YTM' then case {{ period }}[5:6]
            when '01' then {{ month_of(period) }}
            when '03' then {{ period }}[1:4] || '-Q1'
            when '06' then {{ period }}[1:4] || '-H1'
            when '12' then {{ period }}[1:4]
            else {{ period }}[1:4] || '-01..' || {{ month_of(period) }}
        end
        when 'M3M' then case
            when {{ period }}[5:6] in ('03', '06', '09', '12')
                then {{ period }}[1:4] || '-Q' || cast(cast({{ period }}[5:6] as integer) // 3 as varchar)
            else {{ window_start(period, 3) }} || '..' || {{ month_of(period) }}
        end
        when 'M12M' then case
            when {{ period }}[5:6] = '12' then {{ period }}[1:4]
            else {{ window_start(period, 12) }} || '..' || {{ month_of(period) }}
        end
    end
{%- endmacro %}

{# The step in which a figure was printed: one in its last decimal place. #}
{% macro printed_step(text) -%}
    cast(pow(10, -length(regexp_extract({{ text }}, '\.(\d{0,6})', 1))) as decimal(18, 6))
{%- endmacro %}

{# A live figure in the shape of the record's. Expects period_label, unit, figure, rounding_unit, source_id, source_url, flag. #}
{% macro live_figure(factor=1) -%}
    period_label,
    {{ period_start('period_label') }} as period_start,
    {{ period_end('period_label') }} as period_end,
    {{ period_frequency('period_label') }} as frequency,
    cast(cast(figure as double) * {{ factor }} as decimal(18, 6)) as value,
    unit,
    cast(rounding_unit * {{ factor }} as decimal(18, 6)) as rounding_unit,
    cast(cast(figure as double) as decimal(18, 6)) as printed_value,
    printed_unit,
    cast(null as date) as published_on,
    vintage,
    vintage_on,
    false as is_first_estimate,
    source_id,
    source_url,
    flag,
    cast(null as varchar) as note,
    payload_sha256,
    line_number
{%- endmacro %}
