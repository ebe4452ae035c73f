{# Within each group, the sum of an expression is the target, to within the tolerance. #}
{% test adds_up(model, group_by, expression, target, tolerance) %}
    select
        {{ group_by | join(', ') }},
        sum({{ expression }}) as added_up
    from {{ model }}
    group by {{ group_by | join(', ') }}
    having abs(sum({{ expression }}) - {{ target }}) > {{ tolerance }}
{% endtest %}
