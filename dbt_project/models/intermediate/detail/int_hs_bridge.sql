-- one row per HS edition, code, classification and member under which the code's trade is counted
{{ config(materialized='table') }}

with

payloads as (
    select * from {{ ref('stg_archive__payloads') }}
    where is_current
),

correlations as (
    select pairs.*
    from {{ ref('stg_unsd__correlations') }} as pairs
    inner join payloads on pairs.payload_sha256 = payloads.payload_sha256
),

-- an older code and those that succeed it, the nearest kin first: the same code, or else those of its own heading, or
-- else those whose official conversion names it
successions as (
    select
        to_classification as hs_edition,
        to_code as hs_code,
        from_classification as next_edition,
        from_code as next_code,
        case
            when from_code = to_code then 1
            when is_conversion and substr(from_code, 1, 4) = substr(to_code, 1, 4) then 2
            when is_conversion then 3
            else 4
        end as kinship
    from correlations
    where to_classification like 'HS%'
),

ranked as (
    select
        *,
        dense_rank() over (partition by hs_edition, hs_code order by kinship) as place
    from successions
),

shares as (
    select
        *,
        case
            when place = 1
                then
                    cast(1 as double)
                    / sum(case when place = 1 then 1 else 0 end) over (partition by hs_edition, hs_code)
            else cast(0 as double)
        end as share
    from ranked
),

-- every code in codes of the present edition
in_present_edition as (
    select distinct
        from_classification as hs_edition,
        from_code as hs_code,
        from_code as present_code,
        cast(1 as double) as share
    from correlations
    where from_classification = 'HS2022'
    union all
    select
        hs_edition,
        hs_code,
        next_code as present_code,
        share
    from shares
    where next_edition = 'HS2022'
    union all
    select
        older.hs_edition,
        older.hs_code,
        newer.next_code as present_code,
        older.share * newer.share as share
    from shares as older
    inner join shares as newer
        on
            older.next_edition = newer.hs_edition
            and older.next_code = newer.hs_code
    where newer.next_edition = 'HS2022'
),

-- what a present code is in other classifications. Of BEC there are two tables, and that of 2022 names many categories
-- for codes which that of 2017 gives to one: the table that names fewer is followed.
categories as (
    select
        from_code as present_code,
        from_classification as table_of,
        to_classification,
        to_code,
        is_conversion,
        count(*) over (partition by from_classification, from_code, to_classification) as links
    from correlations
    where to_classification in ('SITC4', 'BEC4')
),

chosen as (
    select
        *,
        dense_rank() over (partition by present_code, to_classification order by links asc, table_of desc) as place
    from categories
),

memberships as (
    select
        *,
        sum(case when is_conversion then 1 else 0 end)
            over (partition by present_code, to_classification)
            as conversions
    from chosen
    where place = 1
),

members as (
    select
        present_code,
        case to_classification when 'SITC4' then 'sitc_division' else 'bec' end as classification,
        case to_classification when 'SITC4' then substr(to_code, 1, 2) else to_code end as member_code,
        case
            when conversions = 0 then cast(1 as double) / links
            when is_conversion then cast(1 as double) / conversions
            else cast(0 as double)
        end as share
    from memberships
),

wanted as (
    select distinct classification from members
),

classified as (
    select
        hs_edition,
        hs_code,
        'hs_heading' as classification,
        substr(present_code, 1, 4) as member_code,
        share
    from in_present_edition
    union all
    select
        codes.hs_edition,
        codes.hs_code,
        wanted.classification,
        coalesce(members.member_code, 'unclassified') as member_code,
        codes.share * coalesce(members.share, cast(1 as double)) as share
    from in_present_edition as codes
    cross join wanted
    left join members
        on
            codes.present_code = members.present_code
            and wanted.classification = members.classification
),

combined as (
    select
        hs_edition,
        hs_code,
        classification,
        member_code,
        cast({{ to_decimal('sum(share)', 9) }} as decimal(10, 9)) as share
    from classified
    group by
        hs_edition,
        hs_code,
        classification,
        member_code
),

-- a member with no share is one that the tables allow, and that is passed over
weighed as (
    select
        *,
        count(*) over (partition by hs_edition, hs_code, classification) as allowed
    from combined
),

placed as (
    select
        *,
        count(*) over (partition by hs_edition, hs_code, classification) as parts,
        row_number() over (partition by hs_edition, hs_code, classification order by member_code) as place,
        sum(share) over (
            partition by hs_edition, hs_code, classification
            order by member_code
            rows between unbounded preceding and current row
        ) as share_so_far
    from weighed
    where share > 0
),

final as (
    select
        hs_edition,
        hs_code,
        classification,
        member_code,
        cast(case when place = 1 then 0 else share_so_far - share end as decimal(10, 9)) as share_from,
        cast(case when place = parts then 1 else share_so_far end as decimal(10, 9)) as share_to,
        case
            when allowed = 1 then 'exact'
            when parts = 1 then 'nearest'
            else 'equal_split'
        end as basis
    from placed
)

select * from final
