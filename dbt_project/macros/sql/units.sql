{# One unit a quantity: HK$ million, US$ million, kilograms. Other units (pct, hkd_per_usd, ...) stay as they are. #}

{% macro one_unit(unit) -%}
    case {{ unit }}
        when 'hkd_bn' then 'hkd_mn'
        when 'usd_bn' then 'usd_mn'
        when 'tonnes' then 'kg'
        else {{ unit }}
    end
{%- endmacro %}

{% macro in_one_unit(amount, unit) -%}
    cast({{ amount }} * case when {{ unit }} in ('hkd_bn', 'usd_bn', 'tonnes') then 1000 else 1 end as decimal(18, 6))
{%- endmacro %}
