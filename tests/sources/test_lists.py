"""The official list of AI-enabling goods: what a file may say, and what is refused."""

from datetime import date

import pytest

from orchestration.sources import lists
from orchestration.sources.connector import Refused

TODAY = date(2026, 10, 1)
HEADER = "hs_code,product_group\n"


def test_list_is_parsed_into_codes_groups_and_lines() -> None:
    frame = lists.parse("ai_goods", f"{HEADER}8542,semiconductors\n847150,computers\n".encode(), TODAY)
    assert frame.to_dict("records") == [
        {"hs_code": "8542", "product_group": "semiconductors", "line_number": 2},
        {"hs_code": "847150", "product_group": "computers", "line_number": 3},
    ]


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,group\n8542,x\n", "its columns must be hs_code, product_group"),
        (HEADER, "it has no codes"),
        (f"{HEADER}85,x\n", "line 2: '85,x' does not begin with an HS code of four or six digits"),
        (f"{HEADER}85423,x\n", "line 2: '85423,x' does not begin with an HS code"),
        (f"{HEADER}8542,\n", "line 2: '' is not a product group"),
        (f"{HEADER}8542,=cmd()\n", "line 2: '=cmd()' is not a product group"),
        (f"{HEADER}8542,x\n8542,y\n", "line 3: 8542 is on line 2 too"),
        (f"{HEADER}854231,x\n8542,y\n", "line 2: 854231 is part of 8542, which is on line 3"),
        (f"{HEADER}8542,x,y\n", "line 2: '8542,x,y' does not begin with an HS code"),
    ],
)
def test_invalid_list_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        lists.parse("ai_goods", text.encode(), TODAY)
    assert said in str(refused.value)
