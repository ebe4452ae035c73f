-- one row per day and payload line: the Aggregate Balance in HK$ million, HIBOR in percent
with

source as (
    select * from {{ source('raw', 'hkma__interbank_liquidity') }}
),

final as (
    select
        cast(end_of_date as date) as day,
        cast(cu_weakside as decimal(18, 6)) as weak_side_hkd_per_usd,
        cast(cu_strongside as decimal(18, 6)) as strong_side_hkd_per_usd,
        cast(hibor_overnight as double) as hibor_overnight_pct,
        cast(hibor_fixing_1m as double) as hibor_one_month_pct,
        cast(closing_balance as decimal(18, 3)) as closing_balance_hkd_mn,
        payload_sha256,
        line_number
    from source
)

select * from final
