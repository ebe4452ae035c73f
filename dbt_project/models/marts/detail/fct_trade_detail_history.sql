-- one row per month, flow, HS code, partner and vintage: what each vintage of a month's detail said
{% set files %}
    select file from {{ ref('stg_lake__partitions') }}
    where table_name = 'trade_detail'
    order by month, file
{% endset -%}

with

reported as (
    select * from {{ lake_rows('trade_detail', files) }} as lake
),

vintages as (
    select * from {{ ref('fct_trade_detail_vintages') }}
),

final as (
    select
        reported.month,
        cast(reported.flow as string) as flow,
        cast(reported.hs_code as string) as hs_code,
        cast(reported.hs_edition as string) as hs_edition,
        cast(reported.partner_code as string) as partner_code,
        reported.value,
        cast(reported.currency as string) as currency,
        reported.weight_kg,
        cast(vintages.provider as string) as provider,
        cast(vintages.dataset as string) as dataset,
        cast(reported.vintage as string) as vintage,
        vintages.known_from,
        vintages.known_until,
        vintages.is_served,
        cast(reported.payload_sha256 as string) as payload_sha256,
        reported.line_number
    from reported
    inner join vintages
        on
            reported.month = vintages.month
            and reported.vintage = vintages.vintage
)

select * from final
