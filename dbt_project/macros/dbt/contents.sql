{# The hash of what each table and view holds after a build; orchestration/warehouse/contents.py compares it later. #}

{# Deletes the record of each table that was changed after it was built. All pieces of such a table are then built again,
   and its tests do not count. Tables that this run builds again in any case are not compared. #}
{% macro forget_changed() -%}
    {%- if execute and target.type == 'duckdb' -%}
        {#- adapter.get_relation would open a transaction, in which the next hooks run and which nothing commits. -#}
        {%- set exists -%}
            select 1 from duckdb_tables() where schema_name = 'build_log' and table_name = 'contents'
        {%- endset -%}
        {%- set recorded = run_query("select name, label from build_log.contents").rows if run_query(exists).rows else [] -%}
        {%- set labels = [] -%}
        {%- for row in recorded -%}
            {%- set made = row[0] in selected_resources -%}
            {%- set piecewise = made and graph.nodes[row[0]].config.materialized == 'by_piece' -%}
            {%- if not made or (piecewise and not flags.FULL_REFRESH) -%}
                {%- do labels.append(row[1]) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if labels -%}
            delete from build_log.contents
            where
                label in ({% for label in labels %}'{{ label }}'{{ ', ' if not loop.last }}{% endfor %})
                and (label, content) not in (select label, content from ({{ contents(labels) }}) as found)
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Deletes the records of what another version of the project built, of the nodes that this run builds. #}
{% macro forget_other_code() -%}
    delete from build_log.contents
    using build_log.latest
    where latest.name = contents.name and latest.state = 'started' and latest.code is distinct from contents.code
{%- endmacro %}

{# Records what the nodes hold that this run has built. #}
{% macro log_contents(results) -%}
    {%- set labels = [] -%}
    {%- set names = [] -%}
    {%- for result in results if result.node.resource_type in ('model', 'seed') -%}
        {%- do labels.append(result.node.schema ~ '.' ~ result.node.alias) -%}
        {%- do names.append("('" ~ result.node.unique_id ~ "', '" ~ labels[-1] ~ "')") -%}
    {%- endfor -%}
    {%- if execute and target.type == 'duckdb' and names -%}
        insert into build_log.contents
        select built.name, built.label, latest.code, found.content
        from (values {{ names | join(', ') }}) as built (name, label)
        inner join ({{ contents(labels) }}) as found on built.label = found.label
        inner join build_log.latest on built.name = latest.name
        where latest.code is not null and latest.state in ('success', 'no-op', 'reused')
        on conflict (name) do update set label = excluded.label, code = excluded.code, content = excluded.content
    {%- endif -%}
{%- endmacro %}

{# SQL for the hash of each of these tables and views: of definition and comments, and of the rows of published tables. #}
{% macro contents(labels) -%}
    {%- set stored -%}
        select schema_name, table_name from duckdb_tables()
        where database_name = current_database() and schema_name in ('marts', 'reference') order by all
    {%- endset -%}
    with definitions as (
        select schema_name || '.' || table_name as label, concat(sql, chr(10), comment) as text from duckdb_tables()
        where database_name = current_database()
        union all
        select schema_name || '.' || view_name, concat(sql, chr(10), comment) from duckdb_views()
        where database_name = current_database() and not internal
    ),

    columns as (
        select
            schema_name || '.' || table_name as label,
            string_agg(concat_ws(' ', column_name, data_type, comment), chr(10) order by column_index) as text
        from duckdb_columns()
        where database_name = current_database() and not internal
        group by all
    ),

    rows as (
        {%- for row in run_query(stored).rows if row[0] ~ '.' ~ row[1] in labels %}
        select
            '{{ row[0] }}.{{ row[1] }}' as label,
            concat_ws(' ', count(*), bit_xor(hash(content)), sum(hash(content))) as text
        from {{ adapter.quote(row[0]) }}.{{ adapter.quote(row[1]) }} as content
        union all
        {%- endfor %}
        select null as label, null as text
    )

    select
        label,
        sha256(concat_ws(chr(10), replace(definitions.text, 'warehouse.', ''), columns.text, rows.text)) as content
    from definitions left join columns using (label) left join rows using (label)
{%- endmacro %}
