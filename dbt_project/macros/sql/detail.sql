{# What a row of the detail says, in whole thousands of HK dollars and grams. #}
{% macro reported_amounts(lake, months) -%}
    select
        {{ lake }}.month,
        {{ lake }}.flow,
        {{ lake }}.hs_edition,
        substr({{ lake }}.hs_code, 1, 6) as hs_code,
        {{ lake }}.partner_code,
        {{ hkd_thousands(lake ~ '.value', months ~ '.hkd_per_unit') }} as value_hkd_k,
        cast({{ lake }}.weight_kg * 1000 as bigint) as weight_g
{%- endmacro %}

{# The bounds of a member's part of a code's trade; all of it where no table names the code. #}
{% macro share_bounds(bridge) -%}
    coalesce({{ bridge }}.share_from, cast(0 as decimal(10, 9))) as share_from,
    coalesce({{ bridge }}.share_to, cast(1 as decimal(10, 9))) as share_to,
    case when {{ bridge }}.basis = 'equal_split' then 1 else 0 end as is_shared_out
{%- endmacro %}

{# The sums of what falls on a member, of the rows of its codes. #}
{% macro shared_out_amounts(reported, members) -%}
    {%- set value = part_of(reported ~ '.value_hkd_k', members ~ '.share_from', members ~ '.share_to') -%}
    {%- set weight = part_of(reported ~ '.weight_g', members ~ '.share_from', members ~ '.share_to') -%}
    cast(sum({{ value }}) as bigint) as value_hkd_k,
    cast(sum({{ weight }}) as bigint) as weight_g,
    cast(sum(case when {{ reported }}.weight_g is not null then {{ value }} end) as bigint) as weighed_hkd_k,
    cast(sum(case when {{ members }}.is_shared_out = 1 then {{ value }} else 0 end) as bigint) as shared_out_hkd_k
{%- endmacro %}
