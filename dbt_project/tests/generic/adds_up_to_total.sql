{# Within each group, the members of every classification add up to the one member of classification `total`. #}
{% test adds_up_to_total(model, group_by, column) %}
    with sums as (
        select
            {{ group_by | join(', ') }},
            classification,
            sum({{ column }}) as added_up
        from {{ model }}
        group by {{ group_by | join(', ') }}, classification
    )

    select
        sums.*,
        totals.added_up as total
    from sums
    left join sums as totals
        on
            totals.classification = 'total'
            {% for name in group_by -%}
            and sums.{{ name }} = totals.{{ name }}
            {% endfor %}
    where sums.added_up <> totals.added_up or (totals.added_up is null) <> (sums.added_up is null)
{% endtest %}
