{# A rule that every row keeps; the rows that break it are returned. #}
{% test rule(model, expression) %}
    select *
    from {{ model }}
    where not coalesce({{ expression }}, true)
{% endtest %}
