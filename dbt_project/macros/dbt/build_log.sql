{# The log of the build file, see orchestration/warehouse/build_log.py: dbt's part. A run of dbt marks the nodes that it is
   about to build, so that those of a killed run do not count; at its end it logs what became of each. #}
{% macro log_start() -%}
    {%- set names = logged(selected_resources) -%}
    {%- if execute and target.type == 'duckdb' and names -%}
        create schema if not exists build_log;
        create table if not exists build_log.latest (
            name varchar primary key,
            number bigint not null,
            since bigint not null,
            state varchar not null,
            blocks boolean,
            code varchar,
            description varchar
        );
        create table if not exists build_log.contents (
            name varchar primary key, label varchar not null, code varchar not null, content varchar not null
        );
        insert into build_log.latest
        select names.name, next.number, next.number, 'started', null, next.code, null
        from
            (values {% for name in names %}('{{ name }}'){{ ', ' if not loop.last }}{% endfor %}) as names (name),
            (select coalesce(max(number), 0) + 1 as number, {{ code_version() }} as code from build_log.latest) as next
        on conflict (name) do update set
            number = excluded.number,
            since = case when code is distinct from excluded.code then excluded.number else since end,
            state = excluded.state,
            blocks = excluded.blocks,
            code = excluded.code,
            description = excluded.description;
        {{ forget_other_code() }}
    {%- endif -%}
{%- endmacro %}

{% macro log_results(results) -%}
    {%- set ended = [] -%}
    {%- for result in results if result.node.resource_type in ('model', 'seed', 'test') -%}
        {%- do ended.append(result) -%}
    {%- endfor -%}
    {%- if execute and target.type == 'duckdb' and ended -%}
        update build_log.latest set state = ended.state, blocks = ended.state <> 'warn'
        from
            (values
                {%- for result in ended -%}
                    ('{{ result.node.unique_id }}', '{{ result.status }}'){{ ', ' if not loop.last }}
                {%- endfor -%}
            ) as ended (name, state)
        where latest.name = ended.name
    {%- endif -%}
{%- endmacro %}

{# Those of some unique ids that the log is about. #}
{% macro logged(names) %}
    {%- set found = [] -%}
    {%- for name in names if name.split('.')[0] in ('model', 'seed', 'test') -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{% endmacro %}

{# SQL for the version of the code, as `build_log.code_version` in Python returns it. The process that runs dbt gives the
   version that it has parsed. A run that leaves out rows, or reads other relations, is of no version; nor is one with
   variables, which stand for other rows, unless that process gives them. #}
{% macro code_version() %}
    {%- set given = env_var('DBT_CODE_VERSION', '') -%}
    {%- set is_varied = invocation_args_dict.get('vars') and not given -%}
    {%- if flags.EMPTY or flags.DEFER or invocation_args_dict.get('sample') or is_varied -%}
        cast(null as varchar)
    {%- elif given -%}
        '{{ given }}'
    {%- else -%}
        {%- set root = (invocation_args_dict['project_dir'] | string).rstrip('/') -%}
        {%- set quoted = root | replace("'", "''") -%}
        (
            with files as (
                select 'dbt_project/' || filename[{{ root | length + 2 }}:] as name, content
                from read_blob([
                    {%- for files in ['models/**/*', 'seeds/**/*', 'macros/**/*', 'tests/**/*', 'dbt_project.yml'] -%}
                        '{{ quoted }}/{{ files }}'{{ ', ' if not loop.last }}
                    {%- endfor -%}
                ])
                union all
                select 'orchestration/' || regexp_extract(filename, '^.*/orchestration/(.*)$', 1), content
                from read_blob([
                    {%- for files in ['claims/**/*', 'checks/**/*', 'periods.py', 'defs/checks.py'] -%}
                        '{{ quoted }}/../orchestration/{{ files }}'{{ ', ' if not loop.last }}
                    {%- endfor -%}
                ])
            ),

            lines as (
                select name || ' ' || sha256(content) || chr(10) as line from files
                where regexp_matches(name, '[.](sql|py|yml|yaml|csv|md)$') and not contains(name, '/.')
            )

            select sha256(string_agg(line, '' order by line)) from lines
        )
    {%- endif -%}
{% endmacro %}
