"""From an account's records to a book, by the mapping that a new connection starts with."""

import datetime as dt
from contextlib import closing

import polars as pl
import pytest
from tests.contract.hubspot.fill import fill
from tests.contract.hubspot.portal import Portal
from tests.contract.hubspot.server import serve

from evenhand.adapters.files.sources import read_source
from evenhand.adapters.sources.hubspot.vendor import VENDOR
from evenhand.adapters.sources.kept import KeptConnection
from evenhand.adapters.sources.vendors import load_vendor
from evenhand.app.sync import sync_records
from evenhand.book.admit import admit_tables
from evenhand.book.mapping import read_mapping
from evenhand.foundation.secret import Secret

CHANGED = dt.datetime(2026, 8, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def portal():
    portal = fill(Portal(now=dt.datetime(2026, 6, 1, tzinfo=dt.UTC)))
    portal.now = CHANGED
    first = next(iter(portal.records["companies"]))
    portal.change("companies", first, hubspot_owner_id="12", patch="T3")
    portal.now += dt.timedelta(days=30)
    return portal


def make_book(portal, tmp_path, **said):
    with serve(portal) as server:
        settings = {"address": server.url, "sign_in": "private-app", **said}
        with closing(VENDOR.open(settings, {"access_token": Secret("private-token")})) as source:
            source._client.pace.wait = lambda *, is_search: None
            keep = KeptConnection(tmp_path / "crm")
            sync_records(source, keep, clock=lambda: portal.now)
    tables = {path.stem: pl.scan_parquet(path) for path in keep.tables_folder.glob("*.parquet")}
    shaped = VENDOR.shape(tables)
    folder = tmp_path / "source"
    folder.mkdir()
    for name, table in shaped.items():
        table.collect().write_parquet(folder / f"{name}.parquet")
    mapping = read_mapping(VENDOR.first_mapping(shaped))
    source = read_source(folder, mapping=mapping)
    return admit_tables(
        source.tables, mapping=mapping, as_of=portal.now.date(), currency="EUR", findings=source.findings
    )


def test_hubspot_is_a_vendor():
    assert load_vendor("hubspot") is VENDOR
    assert VENDOR.open_target is not None


def test_each_owner_s_companies_are_a_territory(portal, tmp_path):
    admission = make_book(portal, tmp_path)
    assert not [one for one in admission.findings if one.severity == "error"], admission.findings
    book = admission.book
    companies = portal.records["companies"]
    accounts = {row["account_id"]: row for row in book.tables["accounts"].to_dicts()}
    assert {key: row["territory_id"] for key, row in accounts.items()} == {
        key: record["properties"]["hubspot_owner_id"] for key, record in companies.items()
    }
    territories = dict(book.tables["territories"].select("territory_id", "name").rows())
    assert territories == {"11": "Ada Lovelace", "12": "Ben Bell", "13": "Dan Gone"}
    left = {row["rep_id"]: row["left_on"] for row in book.tables["reps"].to_dicts()}
    assert left == {"11": None, "12": None, "13": dt.date(2026, 6, 30)}
    deals = book.tables["opportunities"]
    assert deals.height == len(portal.records["deals"])
    assert set(deals.filter(pl.col("stage") == "won")["stage_number"]) == {3}
    assert set(deals.filter(pl.col("stage") == "r1")["stage_number"]) == {1}
    assert deals.filter(pl.col("is_won"))["stage"].is_in(["won", "renewed"]).all()
    assert deals["amount_cents"].sum() == sum(
        round(float(record["properties"]["amount"]) * 100) for record in portal.records["deals"].values()
    )
    assert set(book.tables["activities"]["kind"]) == {"call", "meeting", "email", "note", "task"}
    first = next(iter(companies))
    held = book.tables["ownership"].filter(pl.col("account_id") == first).sort("starts_on")
    assert held.select("territory_id", "ends_on").rows() == [("11", dt.date(2026, 7, 31)), ("12", None)]


def test_the_firm_s_property_is_the_territory_and_its_main_owner_covers_it(portal, tmp_path):
    admission = make_book(portal, tmp_path, territory_property="patch")
    assert not [one for one in admission.findings if one.severity == "error"], admission.findings
    book = admission.book
    assert set(book.tables["territories"]["territory_id"]) == {"T1", "T2", "T3"}
    assert dict(book.tables["coverage"].select("territory_id", "rep_id").rows()) == {"T1": "11", "T2": "12", "T3": "13"}
    first = next(iter(portal.records["companies"]))
    held = book.tables["ownership"].filter(pl.col("account_id") == first).sort("starts_on")
    assert held["territory_id"].to_list() == ["T1", "T3"]
