-- one row per day with an exchange rate or a figure of interbank liquidity
with

payloads as (
    select * from {{ ref('stg_archive__payloads') }}
    where is_current
),

-- pages overlap when the publisher's page grows: the one that came last speaks for a day
rates_seen as (
    select
        exchange_rates.*,
        row_number() over (
            partition by exchange_rates.day
            order by payloads.known_from desc, exchange_rates.payload_sha256 asc
        ) as place
    from {{ ref('stg_hkma__exchange_rates') }} as exchange_rates
    inner join payloads on exchange_rates.payload_sha256 = payloads.payload_sha256
    where exchange_rates.dataset = 'exchange_rates_daily'
),

liquidity_seen as (
    select
        liquidity_days.*,
        row_number() over (
            partition by liquidity_days.day
            order by payloads.known_from desc, liquidity_days.payload_sha256 asc
        ) as place
    from {{ ref('stg_hkma__interbank_liquidity') }} as liquidity_days
    inner join payloads on liquidity_days.payload_sha256 = payloads.payload_sha256
),

rates as (
    select
        day,
        value as hkd_per_usd
    from rates_seen
    where place = 1
),

liquidity as (
    select * from liquidity_seen
    where place = 1
),

final as (
    select
        coalesce(rates.day, liquidity.day) as day,
        rates.hkd_per_usd,
        liquidity.weak_side_hkd_per_usd,
        liquidity.strong_side_hkd_per_usd,
        liquidity.hibor_overnight_pct,
        liquidity.hibor_one_month_pct,
        liquidity.closing_balance_hkd_mn
    from rates
    full outer join liquidity on rates.day = liquidity.day
)

select * from final
