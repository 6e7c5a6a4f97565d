"""Exports under their own names: which table and column they look like, and what could be derived."""

from __future__ import annotations

import polars as pl
import pytest

from evenhand.book.admit import admit_tables
from evenhand.book.mapping import TableMapping, read_mapping
from evenhand.book.mapping_text import add_lines, find_lines, render_mapping
from evenhand.book.matching import match_columns, match_tables, suggest_mapping
from evenhand.book.proposals import add_proposal, list_stages, propose_derivations, say_derivation, suggest_stage
from evenhand.book.raw import RawTable
from evenhand.book.tables import TABLES


def table(file: str, **columns: list[str | None]) -> RawTable:
    return RawTable(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), file)


STORES = {
    "stores": table(
        "stores.csv",
        StoreID=["1", "2", "3"],
        Name=["North Bikes", "South Bikes", "East Bikes"],
        SalesPersonID=["S1", "S2", "S1"],
        TerritoryID=["9", "9", "8"],
        AnnualRevenue=["100", "200", "300"],
    ),
    "quota_history": table(
        "quota_history.csv",
        SalesPersonID=["S1", "S1", "S2"],
        QuotaDate=["2026-01-01", "2026-04-01", "2026-01-01"],
        SalesQuota=["10", "20", "30"],
    ),
    "territories": table("territories.csv", TerritoryID=["9", "8"], CountryRegionCode=["US", "CA"]),
}
DEALS = {
    "accounts": table("accounts.csv", account=["Acme", "Bolt"], sector=["retail", "media"], revenue=["1.5", "2"]),
    "sales_pipeline": table(
        "sales_pipeline.csv",
        opportunity_id=["1", "2", "3"],
        sales_agent=["Ann", "Bob", "Bob"],
        account=["Acme", "Acme", "Bolt"],
        product=["X", "Z", "X"],
        deal_stage=["Won", "Engaging", "Mystery"],
        engage_date=["2026-01-03", "2026-02-03", "2026-02-04"],
        close_value=["5", None, None],
    ),
    "sales_teams": table(
        "sales_teams.csv", sales_agent=["Ann", "Bob"], manager=["Mo", "Mo"], regional_office=["East", "East"]
    ),
    "products": table("products.csv", product=["X", "Y"]),
}


def test_tables_and_columns_are_told_by_the_names_that_exports_use() -> None:
    assert match_tables(STORES) == {"stores": "accounts", "quota_history": "quotas", "territories": "territories"}
    assert match_tables(DEALS) == {"accounts": "accounts", "sales_pipeline": "opportunities", "sales_teams": "reps"}
    matched = {name: match.source for name, match in match_columns(TABLES["accounts"], STORES["stores"].frame).items()}
    assert matched == {
        "account_id": "StoreID",
        "territory_id": "TerritoryID",
        "name": "Name",
        "annual_revenue": "AnnualRevenue",
    }


def test_the_same_name_goes_before_a_usual_one_and_that_before_one_like_it() -> None:
    frame = pl.DataFrame({"account_id": ["1"], "Id": ["x"], "Territory": ["T"], "employes": ["7"]})
    assert {name: match.why for name, match in match_columns(TABLES["accounts"], frame).items()} == {
        "account_id": "the same name",
        "territory_id": "a usual name for it",
        "employees": "a name like it",
    }


def test_a_name_counts_only_where_the_values_can_be_of_its_kind() -> None:
    frame = pl.DataFrame(
        {"Id": ["1", "2"], "AnnualRevenue": ["high", "low"], "CreatedDate": ["31/12/2026", "01/01/2026"]}
    )
    matched = match_columns(TABLES["accounts"], frame)
    assert "annual_revenue" not in matched
    assert matched["created_on"].source == "CreatedDate"


def test_a_file_of_something_else_looks_like_no_table() -> None:
    assert match_tables({"shopping": table("shopping.csv", milk=["1"], bread=["2"])}) == {}
    assert match_tables({"accounts_notes": table("n.csv", text=["a"])}) == {}


def take_all(raw: dict[str, RawTable], mapping: object = None) -> object:
    said = suggest_mapping(raw) if mapping is None else mapping
    for _ in range(3):
        for proposal in propose_derivations(said, raw):
            said = add_proposal(said, proposal)
    return said


def test_what_an_export_of_deals_lacks_is_derived_as_proposed() -> None:
    mapping = take_all(DEALS)
    proposals = {proposal.key for proposal in propose_derivations(suggest_mapping(DEALS), DEALS)}
    assert proposals == {"territories-of-reps", "territory-of-most-deals", "managers", "list-opportunities-product"}
    assert propose_derivations(mapping, DEALS) == ()
    admission = admit_tables(DEALS, mapping=mapping)
    assert admission.book is not None
    assert admission.book.accounts["territory_id"].to_list() == ["Ann", "Bob"]
    assert admission.book.territories["territory_id"].to_list() == ["Ann", "Bob", "East"]
    assert admission.book.reps["rep_id"].to_list() == ["Ann", "Bob", "Mo"]
    assert admission.book.coverage["rep_id"].to_list() == ["Ann", "Bob"]
    assert {finding.code for finding in admission.findings} >= {"BK420"}
    assert all(say_derivation(entry).endswith(".") for entry in mapping.derive)


def test_what_an_export_of_stores_lacks_is_derived_as_proposed() -> None:
    said = suggest_mapping(STORES)
    accounts = said.table("accounts")
    columns = {**accounts.columns, "territory_id": "SalesPersonID"}
    tables = {
        **said.tables,
        "accounts": accounts.model_copy(update={"columns": columns}),
        "territories": TableMapping(sources=()),
    }
    mapping = take_all(STORES, said.model_copy(update={"tables": tables}))
    book = admit_tables(STORES, mapping=mapping).book
    assert book is not None
    assert book.territories["territory_id"].to_list() == ["S1", "S2"]
    assert book.accounts["country"].to_list() == ["US", "US", "CA"]
    assert [str(day) for day in book.quotas["period_end"]] == ["2026-03-31", "2026-06-30", "2026-03-31"]


def test_stages_are_listed_and_told_by_usual_words() -> None:
    assert list_stages(suggest_mapping(DEALS), DEALS) == ("Engaging", "Mystery", "Won")
    won, unknown = suggest_stage("Closed Won"), suggest_stage("Mystery")
    assert won is not None
    assert (won.number, won.closed, won.won) == (5, True, True)
    assert unknown is None


@pytest.mark.parametrize("name", ["adventureworks", "maven_crm"])
def test_a_mapping_written_is_the_mapping_read(name: str, request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / "examples" / name / "mapping.toml").read_text("utf-8")
    mapping = read_mapping(text)
    assert read_mapping(render_mapping(mapping)) == mapping


def test_the_lines_of_a_finding_are_put_into_the_mapping() -> None:
    raw = {**STORES, "stores": table("stores.csv", StoreID=["1"], SalesPersonID=["S1"], Opened=["31/12/2020"])}
    lines = (
        '[tables.accounts]\nfrom = "stores"\n[tables.accounts.columns]\naccount_id = "StoreID"\ncreated_on = "Opened"'
    )
    mapping = read_mapping(lines)
    hints = [finding.hint for finding in admit_tables(raw, mapping=mapping).findings if finding.code == "BK304"]
    mended = add_lines(mapping, find_lines(hints[0]))
    assert mended.format_of("accounts", "created_on").date_format == "%d/%m/%Y"
    assert mended.table("accounts").columns == mapping.table("accounts").columns
    assert not [finding for finding in admit_tables(raw, mapping=mended).findings if finding.code == "BK304"]


def test_what_is_no_line_of_a_mapping_is_none() -> None:
    assert find_lines("correct it") == ""
    assert find_lines('say which: add to the mapping file:\n[format]\ndate_format = "%d" for day first') == ""


def test_columns_left_out_are_neither_in_the_book_nor_among_the_rejected_rows() -> None:
    raw = {
        "accounts": table(
            "a.csv", account_id=["A1", "A2"], territory_id=["T1", "T9"], phone=["1", "2"], note=["a", "b"]
        ),
        "territories": table("t.csv", territory_id=["T1"]),
    }
    mapping = read_mapping(
        'as_of = 2026-01-01\n[tables.accounts]\nleave_out = ["phone"]\nrefers_to = { phone = "t.x" }'
    )
    admission = admit_tables(raw, mapping=mapping)
    assert admission.book is not None
    assert "phone" not in admission.book.accounts.columns
    assert "note" in admission.book.accounts.columns
    assert "phone" not in admission.rejects["accounts"].columns
