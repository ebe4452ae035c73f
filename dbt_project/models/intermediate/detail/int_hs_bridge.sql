-- one row per HS edition, code, classification and member under which the code's trade is counted
with

correlations as (
    select * from {{ ref('stg_unsd__correlations') }}
),

-- an older code and those that succeed it; the official conversion of a newer code names one code as its own
successions as (
    select
        to_classification as hs_edition,
        to_code as hs_code,
        from_classification as next_edition,
        from_code as next_code,
        count(*) over (partition by to_classification, to_code) as links,
        sum(case when is_conversion then 1 else 0 end) over (partition by to_classification, to_code) as conversions,
        is_conversion
    from correlations
    where to_classification like 'HS%'
),

shares as (
    select
        *,
        case
            when conversions = 0 then cast(1 as double) / links
            when is_conversion then cast(1 as double) / conversions
            else cast(0 as double)
        end as share,
        case when links = 1 then 0 when conversions = 1 then 1 else 2 end as vagueness
    from successions
),

-- every code in codes of the present edition
in_present_edition as (
    select distinct
        from_classification as hs_edition,
        from_code as hs_code,
        from_code as present_code,
        cast(1 as double) as share,
        0 as vagueness
    from correlations
    where from_classification = 'HS2022'
    union all
    select
        hs_edition,
        hs_code,
        next_code as present_code,
        share,
        vagueness
    from shares
    where next_edition = 'HS2022' and share > 0
    union all
    select
        older.hs_edition,
        older.hs_code,
        newer.next_code as present_code,
        older.share * newer.share as share,
        case when older.vagueness > newer.vagueness then older.vagueness else newer.vagueness end as vagueness
    from shares as older
    inner join shares as newer
        on
            older.next_edition = newer.hs_edition
            and older.next_code = newer.hs_code
    where newer.next_edition = 'HS2022' and older.share > 0 and newer.share > 0
),

-- what a present code is in other classifications: the conversion where there is one, or else equal parts
memberships as (
    select
        from_code as present_code,
        to_classification,
        to_code,
        count(*) over (partition by from_code, to_classification) as links,
        sum(case when is_conversion then 1 else 0 end) over (partition by from_code, to_classification) as conversions,
        is_conversion
    from correlations
    where from_classification = 'HS2022' and to_classification in ('SITC4', 'BEC4')
),

members as (
    select
        present_code,
        case to_classification when 'SITC4' then 'sitc_division' else 'bec' end as classification,
        case to_classification when 'SITC4' then substr(to_code, 1, 2) else to_code end as member_code,
        case when conversions = 0 then cast(1 as double) / links else cast(1 as double) end as share,
        case when links = 1 then 0 when conversions > 0 then 1 else 2 end as vagueness
    from memberships
    where is_conversion or conversions = 0
),

classified as (
    select
        hs_edition,
        hs_code,
        'hs_heading' as classification,
        substr(present_code, 1, 4) as member_code,
        share,
        vagueness
    from in_present_edition
    union all
    select
        codes.hs_edition,
        codes.hs_code,
        wanted.classification,
        coalesce(members.member_code, 'unclassified') as member_code,
        codes.share * coalesce(members.share, cast(1 as double)) as share,
        case when codes.vagueness > coalesce(members.vagueness, 0) then codes.vagueness else coalesce(members.vagueness, 0) end
            as vagueness
    from in_present_edition as codes
    cross join (select distinct classification from members) as wanted
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
        cast(sum(share) as decimal(10, 9)) as share,
        max(vagueness) as vagueness
    from classified
    group by
        hs_edition,
        hs_code,
        classification,
        member_code
),

placed as (
    select
        *,
        count(*) over (partition by hs_edition, hs_code, classification) as parts,
        row_number() over (partition by hs_edition, hs_code, classification order by member_code) as place,
        sum(share) over (
            partition by hs_edition, hs_code, classification order by member_code
            rows between unbounded preceding and current row
        ) as share_so_far
    from combined
),

final as (
    select
        hs_edition,
        hs_code,
        classification,
        member_code,
        case when place = 1 then cast(0 as decimal(10, 9)) else cast(share_so_far - share as decimal(10, 9)) end as share_from,
        case when place = parts then cast(1 as decimal(10, 9)) else cast(share_so_far as decimal(10, 9)) end as share_to,
        case
            when parts = 1 then 'exact'
            when vagueness < 2 then 'conversion'
            else 'equal_split'
        end as basis
    from placed
)

select * from final
