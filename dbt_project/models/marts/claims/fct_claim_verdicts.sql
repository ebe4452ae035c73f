-- one row per registered claim
with

verdicts as (
    select * from {{ ref('int_claim_verdicts') }}
),

final as (
    select
        {% for column in [
            'claim_id', 'claim', 'metric', 'period_label', 'claimed_value', 'claimed_unit', 'verdict', 'diagnosis',
            'official_value', 'official_unit'
        ] -%}
        cast({{ column }} as string) as {{ column }},
        {% endfor -%}
        cast(difference as decimal(24, 9)) as difference,
        {% for column in [
            'basis', 'evidence', 'sentence', 'source_url', 'evidence_urls', 'claimed', 'official', 'verdict_label'
        ] -%}
        cast({{ column }} as string) as {{ column }},
        {% endfor -%}
        cast(severity as integer) as severity,
        cast(settled_verdict as string) as settled_verdict,
        cast(is_gate as boolean) as is_gate
    from verdicts
)

select * from final
