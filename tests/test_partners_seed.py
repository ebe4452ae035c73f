"""The partners of the reference data: every code by which a publisher names a partner leads to exactly one of them."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from orchestration import releases
from orchestration.settings import DBT_PROJECT_DIR, Settings

SEED = DBT_PROJECT_DIR / "seeds" / "partners.csv"
Row = dict[str, str]

# C&SD's areas by their codes; 900 is Europe, the union of two of them.
AREAS_OF_CSD = {
    "100": "north_america",
    "200": "western_europe",
    "300": "central_eastern_europe",
    "400": "latin_america",
    "500": "middle_east",
    "600": "asia",
    "700": "africa",
    "800": "oceania",
}

# C&SD's list of 2019 prints these otherwise than Trade IDDS did in 2025; the seed holds the newer title.
TITLES_OF_2019 = {"111": "U S A", "234": "TURKEY", "631": "CHINA"}
# Comtrade's remainders ("nes": not elsewhere specified), the neutral zone, bunkers, free zones, special categories.
AREAS = (
    *("129", "221", "290", "471", "472", "473", "492", "527", "536", "568", "577", "636", "637", "697"),
    *("837", "838", "839", "879", "899"),
)


@pytest.fixture(scope="module")
def partners() -> list[Row]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def by_code(partners: list[Row]) -> dict[str, Row]:
    return {row["partner_code"]: row for row in partners}


def by(column: str, partners: list[Row]) -> dict[str, Row]:
    return {row[column]: row for row in partners if row[column]}


def csd_code(cell: object) -> str:
    return str(int(float(str(cell))))


def titles(row: Row) -> set[str]:
    return {row["partner_name"].casefold(), row["csd_title"].casefold()} - {""}


@pytest.mark.parametrize(
    ("code", "name", "iso2", "note"),
    [
        ("842", "United States", "US", "Comtrade 842 is the USA with Puerto Rico and the US Virgin Islands"),
        ("757", "Switzerland", "CH", "Comtrade 757 is Switzerland with Liechtenstein"),
        ("251", "France", "FR", "Comtrade 251 is France with Monaco"),
        ("579", "Norway", "NO", "Comtrade 579 is Norway with Svalbard"),
        ("699", "India", "IN", "Comtrade 699 is India"),
        ("490", "Taiwan", "TW", 'Comtrade 490 is "Other Asia, nes", in practice Taiwan'),
        ("0", "World", "", "All partners together; never add it to its parts"),
    ],
)
def test_ambiguous_code_states_what_it_covers(
    by_code: dict[str, Row], code: str, name: str, iso2: str, note: str
) -> None:
    row = by_code[code]
    assert (row["partner_name"], row["iso2"], row["code_note"]) == (name, iso2, note)


@pytest.mark.parametrize("code", ["840", "756", "250", "578", "356", "158", "492"])
def test_m49_code_beside_an_ambiguous_code_has_no_iso_code(by_code: dict[str, Row], code: str) -> None:
    assert by_code[code]["iso2"] == by_code[code]["csd_code"] == ""
    assert by_code[code]["code_note"]


@pytest.mark.parametrize("code", AREAS)
def test_comtrade_area_that_is_no_economy_is_unspecified(by_code: dict[str, Row], code: str) -> None:
    assert by_code[code]["kind"] == "unspecified"


def test_partner_that_comtrade_counts_in_a_neighbour_is_found_by_its_iso_code(partners: list[Row]) -> None:
    iso2 = by("iso2", partners)
    found = {code: (iso2[code]["partner_code"], iso2[code]["csd_code"]) for code in ("LI", "MC", "PR", "VI", "SJ")}
    assert found == {
        "LI": ("438", "218"),
        "MC": ("csd-226", "226"),
        "PR": ("630", "451"),
        "VI": ("850", "498"),
        "SJ": ("744", ""),
    }


@pytest.mark.parametrize("column", ["partner_code", "partner_name", "iso2", "csd_code"])
def test_code_or_name_identifies_one_partner(partners: list[Row], column: str) -> None:
    counted = Counter(row[column].casefold() for row in partners if row[column])
    assert [value for value, rows in counted.items() if rows > 1] == []


def test_title_identifies_one_partner_in_any_case(partners: list[Row]) -> None:
    counted = Counter(title for row in partners for title in titles(row))
    assert [title for title, rows in counted.items() if rows > 1] == []
    assert [row for row in partners if row["csd_title"].casefold() == row["partner_name"].casefold()] == []


def test_every_row_has_a_name_and_a_known_kind(partners: list[Row]) -> None:
    assert {row["kind"] for row in partners} == {"economy", "unspecified", "region", "world"}
    assert all(row["partner_name"] for row in partners)
    assert all(value == value.strip() for row in partners for value in row.values())


def test_rows_are_sorted_by_code_with_those_only_csd_knows_last(partners: list[Row]) -> None:
    def place(row: Row) -> tuple[bool, int]:
        return row["partner_code"].startswith("csd-"), int(row["partner_code"].removeprefix("csd-"))

    assert partners == sorted(partners, key=place)


def test_own_key_is_derived_from_the_csd_code(partners: list[Row]) -> None:
    own = [row for row in partners if not row["partner_code"].isdecimal()]
    assert len(own) == 13
    assert all(row["partner_code"] == f"csd-{row['csd_code']}" and row["code_note"] for row in own)


def test_every_iso_code_in_force_has_a_partner(partners: list[Row]) -> None:
    codes = by("iso2", partners)
    # ISO 3166-1 has 249 codes in force.
    assert len(codes) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in codes)


def test_iso_code_na_of_namibia_is_text(by_code: dict[str, Row], built: Settings) -> None:
    assert by_code["516"]["iso2"] == "NA"
    with releases.connect(releases.current_release(built.current)) as connection:
        query = "select partner_name, csd_code from marts.dim_partner where iso2 = 'NA'"
        assert connection.execute(query).fetchall() == [("Namibia", "748")]


def test_release_has_the_seed_as_written_and_blanks_as_null(partners: list[Row], built: Settings) -> None:
    written = {tuple(value or None for value in row.values()) for row in partners}
    with releases.connect(releases.current_release(built.current)) as connection:
        for table in ("reference.partners", "marts.dim_partner"):
            held = connection.execute(f"select {', '.join(partners[0])} from {table}").fetchall()
            assert set(held) == written, table
            assert len(held) == len(partners), table


def test_every_partner_of_published_idds_rows_is_found_by_code_and_by_title(
    partners: list[Row], raw_reference: Path
) -> None:
    iso2 = by("iso2", partners)
    files = sorted((raw_reference / "hk_silver_idds").glob("*.json"))
    rows = [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]
    seen = {(row["cc"], row["ccDescEN"]) for row in rows}
    assert len(seen) == 40
    assert [(code, title) for code, title in seen if title.casefold() not in titles(iso2[code])] == []
    assert iso2["CN"]["csd_title"] == "CHINESE MAINLAND"


def test_every_country_code_of_csd_is_found_with_its_title(partners: list[Row], raw_reference: Path) -> None:
    workbook = CalamineWorkbook.from_path(str(raw_reference / "csd_codes" / "geography.xlsx"))
    lines = workbook.get_sheet_by_name("country").to_python()[1:]
    listed = {csd_code(code): str(title) for code, title, *_ in lines}
    held = by("csd_code", partners)
    assert len(listed) == 214
    assert held.keys() == listed.keys()
    otherwise = {code: title for code, title in listed.items() if title.casefold() not in titles(held[code])}
    assert otherwise == TITLES_OF_2019
    assert [held[code]["iso2"] for code in ("631", "111", "621", "748")] == ["CN", "US", "JP", "NA"]


def test_region_of_a_partner_is_the_area_that_csd_assigns(partners: list[Row], raw_reference: Path) -> None:
    workbook = CalamineWorkbook.from_path(str(raw_reference / "csd_codes" / "geography.xlsx"))
    pairs = [
        (csd_code(area), csd_code(code)) for area, code, *_ in workbook.get_sheet_by_name("areacnty").to_python()[1:]
    ]
    areas = {code: AREAS_OF_CSD[area] for area, code in pairs if area in AREAS_OF_CSD}
    held = by("csd_code", partners)
    assert len(areas) == 213
    assert {code: held[code]["region"] for code in held} == {**areas, "900": ""}


def test_only_places_have_a_region_and_groups_have_none(partners: list[Row]) -> None:
    assert {row["region"] for row in partners} == {*AREAS_OF_CSD.values(), "antarctica", ""}
    assert [row for row in partners if row["kind"] == "economy" and not row["region"]] == []
    assert [row for row in partners if row["kind"] in ("world", "region") and row["region"]] == []


@pytest.mark.parametrize(
    ("code", "region"),
    [("490", "asia"), ("158", "asia"), ("60", "north_america"), ("136", "latin_america"), ("275", "middle_east")],
)
def test_partner_without_a_csd_code_is_in_the_area_of_its_neighbours(
    by_code: dict[str, Row], code: str, region: str
) -> None:
    assert by_code[code]["region"] == region
