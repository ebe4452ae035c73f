"""The gate, on the log of the shared build: after a change, no subset of the steps is enough, in no order."""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import releases
from orchestration.dbt import project
from orchestration.releases import gate, lineage
from orchestration.releases.lineage import Kind, Lineage
from orchestration.settings import Settings
from orchestration.warehouse import build_file, build_log, contents
from orchestration.warehouse.build_log import Entry, Log

CHANGED = "source.entrepot.raw.record__trade_totals_monthly"
VERDICTS = "model.entrepot.fct_claim_verdicts"
RULE = "check.fct_trade_balance_monthly.balance_equals_exports_less_imports"


@pytest.fixture(scope="module")
def manifest(built: Settings) -> dict[str, Any]:
    return project.manifest(built)


@pytest.fixture(scope="module")
def known(manifest: dict[str, Any]) -> Lineage:
    return lineage.lineage(manifest)


@pytest.fixture(scope="module")
def log(built: Settings) -> Log:
    with build_file.connect(built, read_only=True) as connection:
        return build_log.read(connection)


@pytest.fixture(scope="module")
def published(manifest: dict[str, Any]) -> list[str]:
    return [node["unique_id"] for node in lineage.published(manifest)]


def passes(log: Log, known: Lineage, published: Collection[str], code: str | None = None) -> bool:
    judged = gate.gate(known, log, code or build_log.code_version())
    rules = {name: published for name in log if name.startswith("check.")}
    try:
        gate.require_whole(judged, known, rules, Path("build"))
    except releases.StaleBuild:
        return False
    return True


def after(log: Log, *steps: Collection[str]) -> Log:
    """Return the log after the raw table changed and these steps were run, one after the other."""
    number = max(entry.number for entry in log.values())
    later = {**log, CHANGED: Entry(number + 1, number + 1, "changed", False, None, None)}
    for place, step in enumerate(steps, start=number + 2):
        later |= {name: replace(log[name], number=place) for name in step}
    return later


def test_whole_build_passes(log: Log, known: Lineage, published: list[str]) -> None:
    assert passes(log, known, published)


def test_build_file_without_a_log_does_not_pass(known: Lineage, published: list[str]) -> None:
    assert not passes({}, known, published)


def test_other_code_does_not_pass(log: Log, known: Lineage, published: list[str]) -> None:
    assert not passes(log, known, published, code="of another version")


@pytest.fixture(scope="module")
def groups(log: Log, known: Lineage) -> Mapping[str, Collection[str]]:
    """What is run after the raw table changed, in this order."""
    downstream = {CHANGED}
    while more := {name for name, node in known.tables.items() if downstream & set(node.reads)} - downstream:
        downstream |= more
    built = {name for name in downstream - {CHANGED} if known.tables[name].kind is Kind.DATA}
    verdicts = {VERDICTS, "model.entrepot.int_claim_verdicts"}
    return {
        "tables": built - verdicts,
        "verdicts": verdicts,
        "tests": known.tests.keys(),
        "rules": {name for name in log if name.startswith("check.")},
    }


def test_only_all_steps_pass_of_all_subsets(
    log: Log, known: Lineage, published: list[str], groups: Mapping[str, Collection[str]]
) -> None:
    subsets = list(chain.from_iterable(combinations(groups, size) for size in range(len(groups) + 1)))
    passing = [each for each in subsets if passes(after(log, *(groups[name] for name in each)), known, published)]
    assert len(subsets) == 16
    assert passing == [tuple(groups)]


def test_steps_in_the_wrong_order_do_not_pass(
    log: Log, known: Lineage, published: list[str], groups: Mapping[str, Collection[str]]
) -> None:
    for last in ("tables", "verdicts"):  # dbt's tests and the rules may be run in either order
        order = [*(name for name in groups if name != last), last]
        assert not passes(after(log, *(groups[name] for name in order)), known, published), order


def test_leaving_out_any_one_node_or_check_does_not_pass(
    log: Log, known: Lineage, published: list[str], groups: Mapping[str, Collection[str]]
) -> None:
    affected = {CHANGED}.union(*(groups[name] for name in ("tables", "verdicts")))
    while (
        more := {name for name, node in known.tables.items() if node.kind is Kind.VIEW and affected & set(node.reads)}
        - affected
    ):
        affected |= more
    omitted = [name for name in log if name in affected - {CHANGED} and known.tables[name].kind is Kind.DATA]
    omitted += [name for name, test in known.tests.items() if affected & set(test.reads)]
    omitted += [name for name in log if name.startswith("check.")]
    assert len(omitted) > 70
    for each in omitted:
        steps = [set(step) - {each} for step in groups.values()]
        assert not passes(after(log, *steps), known, published), each


@pytest.mark.parametrize("state", ["started", "error", "skipped"])
@pytest.mark.parametrize("name", [VERDICTS, "model.entrepot.int_months", "seed.entrepot.partners", RULE])
def test_what_did_not_end_well_does_not_pass(
    log: Log, known: Lineage, published: list[str], state: str, name: str
) -> None:
    if name != RULE or state != "error":  # a rule that ended with an error has an outcome: it fails
        assert not passes({**log, name: replace(log[name], state=state)}, known, published)


@pytest.mark.parametrize("name", [VERDICTS, "model.entrepot.int_months", "seed.entrepot.partners"])
def test_table_that_holds_something_else_than_was_built_does_not_pass(
    log: Log, known: Lineage, published: list[str], name: str
) -> None:
    assert not passes({**log, name: replace(log[name], content=None)}, known, published)


@pytest.mark.parametrize(
    "change",
    [
        "update marts.fct_trade_balance_monthly set deficit_rank = deficit_rank + 1 where month = '2026-03-01'",
        "delete from marts.fct_trade_balance_monthly where month = '2026-03-01'",
        "insert into reference.lunar_new_year select * from reference.lunar_new_year limit 1",
        "comment on table marts.fct_trade_balance_monthly is 'another'",
        "comment on column marts.fct_trade_balance_monthly.month is 'another'",
        "create or replace view staging.stg_archive__payloads as select 1 as one",
    ],
)
def test_changed_table_is_known(built: Settings, tmp_path: Path, change: str) -> None:
    copy = Path(shutil.copy(built.build_file, tmp_path / "warehouse.duckdb"))
    with duckdb.connect(str(copy)) as connection:
        contents.forget_changed(connection)
        before = {name for name, entry in build_log.read(connection).items() if entry.content}
        connection.execute(change)
        contents.forget_changed(connection)
        after = {name for name, entry in build_log.read(connection).items() if entry.content}
    assert len(before) > 80
    assert {name.rpartition(".")[2] in change for name in before - after} == {True}


def test_view_created_again_by_the_same_code_changes_nothing(log: Log, known: Lineage, published: list[str]) -> None:
    number = max(entry.number for entry in log.values()) + 1
    view = "model.entrepot.stg_archive__payloads"
    assert passes({**log, view: replace(log[view], number=number)}, known, published)
    assert not passes({**log, view: replace(log[view], number=number, since=number)}, known, published)


def test_message_names_tables_and_checks_and_what_to_do(log: Log, known: Lineage, published: list[str]) -> None:
    judged = gate.gate(known, after(log), build_log.code_version())
    with pytest.raises(
        releases.StaleBuild,
        match=r"int_\w+ was built before .* changed.*`entrepot build`",
    ):
        gate.require_whole(judged, known, {}, Path("build"))
    unseen = {name: entry for name, entry in log.items() if name != RULE}
    judged = gate.gate(known, unseen, build_log.code_version())
    with pytest.raises(releases.StaleBuild, match="the check balance_equals_exports_less_imports has not run since"):
        gate.require_whole(judged, known, {RULE: published}, Path("build"))


def test_table_of_no_model_and_a_missing_one_are_not_published() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create table marts.a (i int); create table marts.stray (i int)")
        releases.require_declared(connection, ["marts.a", "marts.stray"])
        with pytest.raises(releases.Unpublishable, match=r"marts\.stray is of no model"):
            releases.require_declared(connection, ["marts.a"])
        with pytest.raises(releases.Unpublishable, match=r"marts\.b is missing"):
            releases.require_declared(connection, ["marts.a", "marts.b", "marts.stray"])


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"description": " "}, "description"),
        ({"meta": {"owner": ""}}, "owner"),
        ({"meta": {}}, "owner"),
        ({"constraints": []}, "key"),
        ({"description": "", "meta": {}}, "description and no owner"),
    ],
)
def test_model_without_description_owner_or_key_is_not_published(
    manifest: dict[str, Any], changes: dict[str, Any], missing: str
) -> None:
    lineage.require_complete(manifest)
    name = "model.entrepot.fct_hkd_peg_monthly"
    nodes = {**manifest["nodes"], name: {**manifest["nodes"][name], **changes}}
    with pytest.raises(releases.Unpublishable, match=f"marts.fct_hkd_peg_monthly has no {missing}"):
        lineage.require_complete({**manifest, "nodes": nodes})


def test_key_whose_test_only_warns_is_no_key(manifest: dict[str, Any]) -> None:
    tests = {id_: node for id_, node in manifest["nodes"].items() if _is_key_test(node)}
    assert tests
    lineage.require_complete(manifest)
    warning = {id_: {**node, "config": {**node["config"], "severity": "warn"}} for id_, node in tests.items()}
    with pytest.raises(releases.Unpublishable, match="has no key"):
        lineage.require_complete({**manifest, "nodes": {**manifest["nodes"], **warning}})


def _is_key_test(node: dict[str, Any]) -> bool:
    return node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "key"
