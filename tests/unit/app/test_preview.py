"""How a mapping comes out, worked on a small export."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from evenhand.app.preview import begin_mapping, preview_mapping
from evenhand.book.raw import RawTable


@dataclass(frozen=True)
class Read:
    tables: dict[str, RawTable]
    findings: tuple = ()
    rejects: dict = field(default_factory=dict)
    files: tuple = ()


def read(**tables: dict[str, list[str | None]]) -> Read:
    return Read(
        {
            name: RawTable(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), f"{name}.csv")
            for name, columns in tables.items()
        }
    )


EXPORT = read(
    customers={"Id": ["A1", "A2", "A3"], "Owner": ["S1", "S2", None], "AnnualRevenue": ["1.50", "2", "x"]},
    deals={"DealId": ["1", "2"], "CompanyId": ["A1", "A9"], "CreatedDate": ["2026-01-31", "2026-02-28"]},
)


def test_the_first_rows_come_out_in_units_of_the_currency_with_those_that_would_be_rejected() -> None:
    preview = preview_mapping(EXPORT, begin_mapping(EXPORT.tables))
    accounts, territories, opportunities = preview.tables
    assert accounts.columns == ("account_id", "territory_id", "annual_revenue")
    assert accounts.rows == (("A1", "S1", "1.5"), ("A2", "S2", "2"), ("A3", "", ""))
    assert accounts.rejected == (False, False, True)
    assert (territories.rows, territories.n_rejected) == ((("S1",), ("S2",)), 0)
    assert opportunities.rejected == (False, True)
    assert (preview.n_rejected, preview.n_findings["error"], preview.makes_book) == (2, 3, True)
    assert str(preview.as_of) == "2026-02-28"


def test_nothing_is_said_of_references_where_files_are_cut() -> None:
    preview = preview_mapping(EXPORT, begin_mapping(EXPORT.tables), is_head=True)
    assert "BK404" not in {finding.code for finding in preview.findings}
    assert (preview.n_rejected, preview.tables[2].rejected) == (1, (False, False))


def test_there_is_no_book_without_accounts_or_a_date() -> None:
    shopping = read(shopping={"milk": ["1"]})
    assert not preview_mapping(shopping, begin_mapping(shopping.tables)).makes_book
    undated = read(customers={"Id": ["A1"], "Owner": ["S1"]})
    preview = preview_mapping(undated, begin_mapping(undated.tables))
    assert preview.as_of is None
    assert not preview.makes_book
