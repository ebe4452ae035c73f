{# Drops the tables and views of models that were removed or renamed, and what a killed run left half made: the build file
   has what the project declares, and nothing else. #}
{% macro drop_undeclared() -%}
    {%- if execute and target.type == 'duckdb' and flags.WHICH in ('build', 'run', 'seed') -%}
        {%- set declared = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot') -%}
            {%- do declared.append(node.schema ~ '.' ~ node.alias) -%}
        {%- endfor -%}
        {%- set relations -%}
            select 'view' as kind, schema_name, view_name as name from duckdb_views() where not internal
            union all
            select 'table', schema_name, table_name from duckdb_tables() where not internal
            order by 1 desc, 2, 3
        {%- endset -%}
        {%- for row in run_query(relations).rows -%}
            {%- if row[1] in ('staging', 'intermediate', 'marts', 'reference') and row[1] ~ '.' ~ row[2] not in declared -%}
                drop {{ row[0] }} if exists {{ adapter.quote(row[1]) }}.{{ adapter.quote(row[2]) }} cascade;
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
