"""One worked example for each thing that can be wrong with a source: what is found, where, what becomes of the row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest

from evenhand.adapters.files.csv_tables import read_csv
from evenhand.book.admit import Admission, admit_tables
from evenhand.book.codes import CODES
from evenhand.book.mapping import read_mapping

ACCOUNTS = "account_id,territory_id\nA1,T1\nA2,T2\n"
TERRITORIES = "territory_id\nT1\nT2\n"
REPS = "rep_id,left_on\nR1,\nR2,2026-01-31\n"
AS_OF = dt.date(2026, 6, 30)


@dataclass(frozen=True)
class Case:
    """A source, and the finding that it must give: code, row (None: of no row), column, rows rejected for it."""

    code: str
    row: int | None
    column: str | None
    n_rejected: int
    tables: dict[str, str] = field(default_factory=dict)
    mapping: str = ""
    hint: str = ""
    as_of: dt.date | None = AS_OF


def accounts(header: str, *rows: str) -> dict[str, str]:
    lines = [f"account_id,territory_id,{header}", *(f"A{i},T{1 + i % 2},{row}" for i, row in enumerate(rows, 1))]
    return {"accounts": "\n".join(lines) + "\n"}


def opportunities(header: str, *rows: str) -> dict[str, str]:
    lines = [f"opportunity_id,account_id,{header}", *(f"O{i},A1,{row}" for i, row in enumerate(rows, 1))]
    return {"opportunities": "\n".join(lines) + "\n"}


CASES = (
    # values
    Case("BK301", 3, "territory_id", 1, {"accounts": "account_id,territory_id\nA1,T1\nA2,\n"}),
    Case("BK302", 3, "created_on", 1, accounts("created_on", "2026-01-31", "soon"), hint="2026-12-31"),
    Case("BK302", 2, "created_on", 1, accounts("created_on", "2026-02-30", "2026-01-01")),
    Case("BK302", 2, "created_on", 1, accounts("created_on", "n/a", "2026-01-01"), hint='null_values = ["n/a"]'),
    Case("BK303", 2, "created_on", 1, accounts("created_on", "45123", "2026-01-01"), hint='date_format = "serial"'),
    Case("BK304", 2, "created_on", 2, accounts("created_on", "31/01/2026", "01/02/2026"), hint='"%d/%m/%Y"'),
    Case("BK304", 2, "created_on", 2, accounts("created_on", "01/31/2026", "01/02/2026"), hint='"%m/%d/%Y"'),
    Case("BK304", 2, "created_on", 1, accounts("created_on", "31.01.2026", "2026-01-01"), hint='"%d.%m.%Y"'),
    Case("BK304", 2, "created_on", 1, accounts("created_on", "20260131", "2026-01-01"), hint='"%Y%m%d"'),
    Case("BK304", 2, "created_on", 1, accounts("created_on", "31-Jan-2026", "2026-01-01"), hint='"%d-%b-%Y"'),
    Case("BK305", 2, "created_on", 2, accounts("created_on", "03/04/2026", "05/06/2026"), hint='"%m/%d/%Y"'),
    Case("BK306", 3, "created_on", 1, accounts("created_on", "2026-01-01", "9999-12-31"), hint="null_values"),
    Case("BK307", 2, "created_on", 0, accounts("created_on", "2026-01-31T13:45:00Z", "2026-01-01 00:00:00")),
    Case("BK308", 2, "created_on", 2, accounts("created_on", "31/01/2026", "01/31/2026")),
    Case("BK311", 2, "employees", 1, accounts("employees", "many", "7"), hint='null_values = ["many"]'),
    Case("BK311", 2, "annual_revenue", 1, accounts("annual_revenue", "nan", "7")),
    Case("BK312", 2, "annual_revenue", 1, accounts("annual_revenue", '"1,234.56"', "7"), hint='thousands = ","'),
    Case("BK313", 2, "annual_revenue", 1, accounts("annual_revenue", '"1.234,56"', "7"), hint='decimal = ","'),
    Case("BK313", 2, "annual_revenue", 1, accounts("annual_revenue", '"12,5"', "7"), hint='decimal = ","'),
    Case("BK314", 2, "annual_revenue", 1, accounts("annual_revenue", "$1234", "7"), hint='currency = "USD"'),
    Case("BK315", 3, "employees", 1, accounts("employees", "7", "-5"), hint="allowed: 0 to 5,000,000"),
    Case("BK315", 3, "latitude", 1, accounts("latitude", "7", "91")),
    Case("BK315", 2, "amount", 1, opportunities("amount", "2e12")),
    Case("BK315", 2, "amount", 1, opportunities("amount", "1e300")),
    Case("BK316", 2, "amount", 0, opportunities("amount", "1.005")),
    Case("BK317", 2, "product_usage", 1, accounts("product_usage", "45 %", "0.4"), hint="0.45"),
    Case("BK318", 2, "employees", 1, accounts("employees", "7.5", "7")),
    Case("BK319", 2, "annual_revenue", 1, accounts("annual_revenue", '"1,234"', "7"), hint="thousands"),
    Case("BK320", 2, "annual_revenue", 1, accounts("annual_revenue", "(1234)", "7"), hint="minus"),
    Case("BK321", 2, "anchor", 1, accounts("anchor", "maybe", "yes"), hint="true or false"),
    Case("BK322", 2, "type", 1, opportunities("type", "upsell"), hint="new, renewal, expansion"),
    Case("BK323", 2, "account_id", 1, {"accounts": "account_id,territory_id\n1.23E+17,T1\nA2,T2\n"}),
    Case("BK324", 2, "employees", 1, accounts("employees", "#N/A", "7")),
    Case(
        "BK325",
        2,
        "employees",
        0,
        accounts("employees", "many", "7"),
        mapping='[tables.accounts]\nempty_if_bad = ["employees"]',
    ),
    Case(
        "BK325",
        2,
        "employees",
        0,
        accounts("employees", "-5", "7"),
        mapping='[tables.accounts]\nempty_if_bad = ["employees"]',
    ),
    Case("BK326", 2, "account_id", 1, {"accounts": f"account_id,territory_id\n{'A' * 256},T1\nA2,T2\n"}),
    Case(
        "BK328", 2, "vertical", 0, accounts("vertical", "technolgy", "retail", "retail", "retail"), hint='"technology"'
    ),
    Case(
        "BK329",
        5,
        "segment",
        0,
        accounts("segment", "Mid-Market", "Mid-Market", "SMB", "mid market"),
        hint='"Mid-Market"',
    ),
    # rows beside rows
    Case("BK401", 2, "account_id", 2, {"accounts": "account_id,territory_id,name\nA1,T1,x\nA1,T1,y\nA2,T2,z\n"}),
    Case("BK402", 3, "account_id", 1, {"accounts": "account_id,territory_id\nA1,T1\nA1,T1\nA2,T2\n"}),
    Case("BK403", 2, "account_id", 2, {"accounts": "account_id,territory_id\nA1,T1\nA1,T2\nA2,T2\n"}),
    Case("BK404", 3, "territory_id", 1, {"accounts": "account_id,territory_id\nA1,T1\nA2,T22\n"}, hint="'T2'"),
    Case("BK405", 3, "parent_account_id", 0, accounts("parent_account_id", "", "A9")),
    Case(
        "BK406",
        2,
        "account_id",
        1,
        {
            "accounts": "account_id,territory_id\nA1,\nA2,T2\n",
            "opportunities": "opportunity_id,account_id\nO1,A1\nO2,A2\n",
        },
        hint="comes back",
    ),
    Case("BK407", 3, "parent_account_id", 0, accounts("parent_account_id,employees", ",-5", "A1,7")),
    Case("BK408", 2, "parent_account_id", 2, accounts("parent_account_id", "A2", "A1", "")),
    Case("BK409", 2, "parent_account_id", 0, accounts("parent_account_id", "A1", "")),
    Case(
        "BK410",
        2,
        "territory_id",
        2,
        {
            "ownership": "account_id,territory_id,starts_on,ends_on\nA1,T1,2025-01-01,2025-12-31\n"
            "A1,T2,2025-06-01,\nA2,T2,2025-01-01,2025-06-01\nA2,T1,2025-06-01,2025-12-31\n"
        },
    ),
    Case(
        "BK411",
        3,
        "territory_id",
        1,
        {
            "quotas": "territory_id,period_start,period_end,amount\n"
            "T1,2026-01-01,2026-03-31,5\nT9,2026-01-01,2026-03-31,5\n"
        },
        mapping='[tables.quotas]\nleave_out_orphans = ["territory_id"]',
    ),
    Case("BK412", 2, "account_id", 0, {"accounts": "account_id,territory_id\nA1,T1\na1,T1\nA2,T2\n"}),
    Case("BK413", 3, "territory_id", 0, accounts("parent_account_id", "", "A1")),
    Case("BK414", 2, "territory_id", 0, {"ownership": "account_id,territory_id,starts_on\nA1,T2,2025-01-01\n"}),
    Case("BK415", None, None, 0, {"territories": "territory_id\nT1\nT2\nT3\n"}),
    Case("BK416", 3, "territory_id", 1, {"territories": "territory_id,parent_territory_id\nT1,T2\nT2,\n"}),
    Case(
        "BK417",
        2,
        "territory_id",
        0,
        {"reps": REPS, "coverage": "rep_id,territory_id,starts_on\nR1,T1,2025-01-01\nR1,T1,2025-02-01\n"},
    ),
    Case("BK418", 2, "rep_id", 0, {"reps": REPS, "coverage": "rep_id,territory_id,starts_on\nR2,T1,2025-01-01\n"}),
    Case(
        "BK419",
        2,
        "period_start",
        0,
        {
            "quotas": "territory_id,period_start,period_end,amount\n"
            "T1,2026-01-01,2026-03-31,5\nT1,2026-01-01,2026-12-31,20\n"
        },
    ),
    Case(
        "BK420",
        2,
        "product",
        0,
        {**opportunities("product", "GTXPro", "GTX Basic"), "products": "product\nGTX Pro\nGTX Basic\n"},
        mapping='[tables.opportunities]\nrefers_to = { product = "products.product" }',
        hint='"GTXPro" = "GTX Pro"',
    ),
    # what a row says as a whole
    Case("BK501", 2, "churned_on", 1, accounts("created_on,churned_on", "2026-02-01,2026-01-01", ",")),
    Case("BK502", 2, "is_won", 1, opportunities("is_closed,is_won", "no,yes")),
    Case("BK503", 2, "closed_on", 0, opportunities("is_closed,is_won,closed_on", "yes,yes,")),
    Case("BK505", 2, "created_on", 0, accounts("created_on", "2026-07-01", "2026-06-30")),
    Case("BK505", 2, "closed_on", 0, opportunities("is_closed,closed_on", "yes,2026-07-01", "no,2026-07-01")),
    Case("BK506", 2, "closed_on", 0, opportunities("is_closed,closed_on", "no,2026-06-29", "yes,2026-06-29")),
    Case("BK507", 2, "annual_revenue", 1, accounts("annual_revenue", "€5", "$7"), mapping='currency = "USD"'),
    Case("BK507", 3, "CurrencyIsoCode", 1, opportunities("CurrencyIsoCode", "USD", "eur"), mapping='currency = "USD"'),
    Case("BK509", 3, "is_closed", 0, opportunities("is_closed", "no", "")),
    # tables and columns
    Case("BK112", None, None, 0, {"acounts": "x\n1\n"}, hint='from = "acounts"'),
    Case("BK201", None, None, 0, {"accounts": ""}),
    Case(
        "BK202",
        None,
        "territory_id",
        2,
        {"accounts": "account_id,TerritoryID\nA1,T1\nA2,T2\n"},
        hint='territory_id = "TerritoryID"',
    ),
    Case("BK203", None, None, 0, {}),
    Case("BK204", None, None, 0, accounts("Employees", "7", "8"), hint='employees = "Employees"'),
    Case("BK205", None, None, 2, {"accounts": "account_id,territory_id\nA1,\nA2,\n"}),
    Case("BK206", None, None, 0, {}),
    Case("BK207", None, None, 0, accounts("notes", "a", "b"), mapping='[tables.accounts]\nleave_out = ["notes"]'),
    # the mapping
    Case("BK520", None, None, 0, {}, mapping='[tables.reps]\nfrom = "accouns"', hint="'accounts'"),
    Case("BK521", None, "territory", 2, {}, mapping='[tables.accounts.columns]\nterritory_id = "territory"'),
    Case("BK521", None, "note", 0, accounts("notes", "a", "b"), '[tables.accounts]\nleave_out = ["note"]', "'notes'"),
    Case(
        "BK521",
        None,
        "x",
        0,
        accounts("x", "a", "b"),
        '[tables.accounts]\ncolumns = { name = "x" }\nleave_out = ["x"]',
        "one of",
    ),
    Case("BK522", None, None, 0, {}, mapping='[[derive]]\nkind = "text"\ncolumn = "reps.name"\ntemplate = "x"'),
    Case("BK530", None, None, 0, {}, mapping='[[derive]]\nkind = "text"\ncolumn = "accounts.name"\ntemplate = "x"'),
    # date and currency
    Case("BK601", 3, "created_on", 0, accounts("created_on", "2026-01-01", "2026-02-01"), as_of=None),
    Case("BK602", None, None, 0, {}, as_of=None),
    Case("BK603", 3, "created_on", 0, accounts("created_on", "2026-01-01", "2062-02-01"), as_of=None),
    Case("BK604", None, None, 0, {}),
    Case("BK605", None, None, 1, opportunities("currency", "USD", "EUR")),
)
ELSEWHERE = {
    *("BK101", "BK102", "BK103", "BK104", "BK105", "BK106", "BK107", "BK108", "BK109", "BK110", "BK111", "BK113"),
    *("BK114", "BK115", "BK116", "BK701"),
    *("BK523", "BK524"),
}
"""Codes about the form of files and folders, whose examples are with the tests of their adapters, and about what the
workspace adds, with those of `asked_transfers`."""


ADMITTED: dict[int, Admission] = {}


def admit(case: Case) -> Admission:
    if id(case) not in ADMITTED:
        ADMITTED[id(case)] = _admit(case)
    return ADMITTED[id(case)]


def _admit(case: Case) -> Admission:
    texts = {"accounts": ACCOUNTS, "territories": TERRITORIES, **case.tables}
    raw = {name: read_csv(text.encode(), f"{name}.csv").table for name, text in texts.items() if text}
    return admit_tables(
        {name: table for name, table in raw.items() if table is not None},
        as_of=case.as_of,
        mapping=read_mapping(case.mapping),
    )


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case.code}" for i, case in enumerate(CASES)])
def test_the_finding_names_the_place_and_the_rows_are_kept_or_rejected(case: Case) -> None:
    admission = admit(case)
    found = [finding for finding in admission.findings if finding.code == case.code]
    if case.row is not None:
        found = [finding for finding in found if finding.evidence["row"] == case.row]
    if case.column is not None:
        found = [finding for finding in found if finding.evidence["column"] == case.column]
    assert found, [finding.message for finding in admission.findings]
    assert case.hint in "\n".join(finding.hint for finding in found)
    rejected_for = sum(
        frame["code"].str.split("; ").list.contains(case.code).sum() for frame in admission.rejects.values()
    )
    if case.code in {"BK202", "BK205", "BK521", "BK605"}:
        rejected_for = admission.n_rejected
    assert rejected_for == case.n_rejected


def test_every_code_has_a_worked_example() -> None:
    assert {case.code for case in CASES} | ELSEWHERE == set(CODES)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case.code}" for i, case in enumerate(CASES)])
def test_every_row_is_either_in_the_book_or_among_the_rejected(case: Case) -> None:
    admission = admit(case)
    if admission.book is None:
        return
    for name, text in {"accounts": ACCOUNTS, "territories": TERRITORIES, **case.tables}.items():
        if name in admission.book.tables and text:
            n_rejected = admission.rejects[name].height if name in admission.rejects else 0
            assert admission.book.tables[name].height + n_rejected == text.count("\n") - 1
