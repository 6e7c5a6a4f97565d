from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from evenhand.book.admit import Admission, admit_tables
from evenhand.book.mapping import read_mapping
from evenhand.book.raw import RawTable
from evenhand.book.tables import TABLES
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity

RAW = {
    "accounts": RawTable(
        pl.DataFrame(
            {
                "account_id": ["A2", "A1", "A3"],
                "territory_id": ["T1", "T1", "T9"],
                "created_on": ["2026-01-31", "2026-03-31", "2026-02-28"],
                "annual_revenue": ["1.5", None, "2"],
            }
        ),
        "accounts.csv",
    ),
    "territories": RawTable(pl.DataFrame({"territory_id": ["T1"]}), "territories.csv"),
}


def codes(admission: Admission) -> list[str]:
    return [finding.code for finding in admission.findings]


def test_a_book_has_every_table_and_column_sorted_by_key() -> None:
    book = admit_tables(RAW).book
    assert book is not None
    assert book.accounts["account_id"].to_list() == ["A1", "A2"]
    assert book.accounts["annual_revenue_cents"].to_list() == [None, 150]
    for name, table in TABLES.items():
        assert dict(book.tables[name].schema) == table.schema
    assert book.has("accounts", "annual_revenue_cents")
    assert not book.has("accounts", "segment")
    assert not book.has("opportunities")


def test_rejected_rows_keep_their_text_place_and_reason() -> None:
    rejected = admit_tables(RAW).rejects["accounts"]
    assert rejected.row(0, named=True) == {
        "file": "accounts.csv",
        "row": 4,
        "code": "BK404",
        "reason": "territory_id is not in territories",
        "account_id": "A3",
        "territory_id": "T9",
        "created_on": "2026-02-28",
        "annual_revenue": "2",
    }


@pytest.mark.parametrize(
    ("argument", "mapping", "expected"),
    [
        (None, "", dt.date(2026, 3, 31)),
        (None, "as_of = 2026-06-30", dt.date(2026, 6, 30)),
        (dt.date(2026, 12, 31), "as_of = 2026-06-30", dt.date(2026, 12, 31)),
    ],
)
def test_the_books_date(argument: dt.date | None, mapping: str, expected: dt.date) -> None:
    admission = admit_tables(RAW, as_of=argument, mapping=read_mapping(mapping))
    assert admission.book is not None
    assert admission.book.as_of == expected
    assert ("BK601" in codes(admission)) == (argument is None and not mapping)


def test_errors_come_first_then_warnings_then_notes() -> None:
    severities = [finding.severity for finding in admit_tables(RAW).findings]
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    assert severities == sorted(severities, key=order.index)


def test_what_reading_found_is_handed_on_under_the_tables_name() -> None:
    found = Finding("BK105", Severity.ERROR, "stores.csv", "x")
    lines = pl.DataFrame({"file": ["stores.csv"], "row": [9], "code": ["BK105"], "reason": ["y"], "line": ["A9"]})
    raw = {"stores": RawTable(RAW["accounts"].frame, "stores.csv"), "territories": RAW["territories"]}
    mapping = read_mapping('[tables.accounts]\nfrom = "stores"')
    admission = admit_tables(raw, mapping=mapping, findings=(found,), rejects={"stores": lines})
    assert found in admission.findings
    assert admission.rejects["accounts"].select("row", "line").rows() == [(9, "A9"), (4, None)]
    assert admission.n_rejected == 2


def test_a_source_without_anything_names_what_is_missing() -> None:
    admission = admit_tables({})
    assert admission.book is None
    assert codes(admission).count("BK201") == 2
    assert codes(admission).count("BK203") == 7


def test_progress_grows_to_the_end() -> None:
    shares: list[float] = []
    admit_tables(RAW, on_progress=lambda _what, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("currency", ["usd", "US", "Dollars", ""])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(InputError, match="ISO 4217"):
        admit_tables(RAW, currency=currency)


def test_a_row_that_falls_takes_along_those_that_need_it_and_no_others() -> None:
    raw = {
        **RAW,
        "opportunities": RawTable(
            pl.DataFrame({"opportunity_id": ["O1", "O2", "O3"], "account_id": ["A1", "A3", "A7"]}), "opportunities.csv"
        ),
    }
    rejected = admit_tables(raw).rejects["opportunities"]
    assert rejected.select("row", "code").rows() == [(3, "BK406"), (4, "BK404")]
