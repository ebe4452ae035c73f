-- one row per classification and category
with

categories as (
    select * from {{ ref('categories') }}
),

proxy_groups as (
    select * from {{ ref('ai_enabling_proxy') }}
),

unioned as (
    select
        classification,
        category_code,
        category_name,
        printed_name,
        false as is_proxy
    from categories
    union all
    select
        'ai_enabling' as classification,
        'ai_enabling' as category_code,
        'AI-enabling goods (proxy)' as category_name,
        cast(null as string) as printed_name,
        true as is_proxy
),

final as (
    select
        cast(unioned.classification as string) as classification,
        cast(unioned.category_code as string) as category_code,
        cast(unioned.category_name as string) as category_name,
        cast(unioned.printed_name as string) as printed_name,
        unioned.category_code in ('total', 'others') as is_total_or_rest,
        unioned.is_proxy,
        unioned.classification = 'sitc_group' and proxy_groups.sitc_group is not null as is_in_ai_proxy
    from unioned
    left join proxy_groups on unioned.category_code = proxy_groups.sitc_group
)

select * from final
