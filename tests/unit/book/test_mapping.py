from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from evenhand.book.mapping import DERIVATIONS, DatabaseReading, Format, SourceMapping, Stage, TableMapping, read_mapping
from evenhand.foundation.errors import InputError


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(InputError) as error:
        read_mapping(text, "m.toml")
    return error.value.problems


def test_an_empty_mapping_says_nothing() -> None:
    assert read_mapping("") == SourceMapping()


def test_one_source_or_several_or_none() -> None:
    mapping = read_mapping(
        '[tables.accounts]\nfrom = "stores"\n[tables.reps]\nfrom = ["a", "b"]\n[tables.quotas]\nfrom = []'
    )
    assert mapping.table("accounts").sources == ("stores",)
    assert mapping.table("reps").sources == ("a", "b")
    assert mapping.table("quotas").sources == ()
    assert mapping.table("coverage").sources is None


def test_a_columns_format_goes_over_the_general_one() -> None:
    mapping = read_mapping(
        'format = { decimal = ",", null_values = ["-"] }\n[tables.accounts.formats.potential]\nthousands = "."'
    )
    own, general = mapping.format_of("accounts", "potential"), mapping.format_of("accounts", "employees")
    assert (own.decimal, own.thousands, own.null_values) == (",", ".", ("-",))
    assert (general.decimal, general.thousands) == (",", None)


def test_date_and_currency() -> None:
    mapping = read_mapping('as_of = 2026-06-30\ncurrency = "EUR"')
    assert (mapping.as_of, mapping.currency) == (dt.date(2026, 6, 30), "EUR")


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        ("asof = 2026-01-01", "m.toml: asof", "as_of"),
        ("[tables.acounts]", "m.toml: tables.acounts", "accounts"),
        ('[tables.accounts]\nform = "x"', "m.toml: tables.accounts.form", "from"),
        ('[tables.accounts.columns]\nacount_id = "x"', "m.toml: tables.accounts.columns.acount_id", "account_id"),
        (
            '[tables.accounts.formats.potential]\ndecimals = ","',
            "m.toml: tables.accounts.formats.potential.decimals",
            "decimal",
        ),
        ("[stages]\nWon = { nummber = 1 }", "m.toml: stages.Won.nummber", "number"),
        ('[[derive]]\nkind = "text"\ncolumn = "accounts.nam"\ntemplate = "x"', "m.toml: derive.0.column.nam", "name"),
        ('[[derive]]\nkind = "rows"\ntable = "rep"\nfrom = "x"\ncolumns = { a = "b" }', "m.toml: derive.0", "reps"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_nearest_right_one(text: str, place: str, near: str) -> None:
    problems = problems_of(text)
    assert place in problems
    assert f"did you mean {near!r}?" in problems[place]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[stages]\nWon = { number = 4, won = true }", "closed = true"),
        ("[stages]\nWon = { number = 99 }", "20"),
        ('[format]\ndecimal = ","\nthousands = ","', "same sign"),
        ('[format]\ndate_format = "dd/mm/yyyy"', "%d/%m/%Y"),
        ('currency = "Dollars"', "pattern"),
        ('[[derive]]\nkind = "guess"', "rows"),
        ("[format]\nscale = 0", "greater than 0"),
        ('[[derive]]\nkind = "text"\ncolumn = "accounts.name"\ntemplate = "{}"', "braces"),
        ('[[derive]]\nkind = "rows"\ntable = "reps"\nfrom = "x"\ncolumns = {}', "at least 1"),
        (
            '[[derive]]\nkind = "until-next"\ntable = "quotas"\nstart = "amount"\nend = "period_end"\nper = []',
            "not a date",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(text: str, word: str) -> None:
    assert word in "\n".join(problems_of(text).values())


def test_every_problem_is_named_at_once() -> None:
    assert len(problems_of('asof = 1\ncurency = "USD"\n[tables.accounts]\nform = "x"')) == 3


def test_text_that_is_not_toml() -> None:
    assert "line 2" in problems_of('currency = "USD"\nas_of = =\n')["m.toml"]


def test_every_example_of_the_reference_page_is_a_mapping() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "mapping.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) >= 5
    for example in examples:
        read_mapping(example)


def test_the_reference_page_names_every_key() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "mapping.md").read_text("utf-8")
    for model in (SourceMapping, DatabaseReading, TableMapping, Format, Stage, *DERIVATIONS.values()):
        for name, field in model.model_fields.items():
            assert (field.alias or name) in page, name
