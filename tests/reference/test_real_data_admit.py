"""The mappings of examples/ on the real exports they are for: golden counts, and nothing lost."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from evenhand.adapters.files.sources import read_source
from evenhand.book.admit import Admission, admit_tables
from evenhand.book.mapping import read_mapping

ROOT = Path(__file__).parents[2]
SHARED_DATA = Path(os.environ.get("EVENHAND_SHARED_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.real_data


@cache
def admit(name: str) -> Admission:
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; it is not part of the repository (EVENHAND_SHARED_DATA names another)")
    mapping = read_mapping((ROOT / "examples" / name / "mapping.toml").read_text("utf-8"))
    source = read_source(folder, mapping=mapping)
    return admit_tables(source.tables, mapping=mapping, findings=source.findings, rejects=source.rejects)


def found(admission: Admission, code: str) -> dict[str, int]:
    """How many rows have the problem, by the value first seen."""
    return {
        str(finding.evidence.get("value")): finding.evidence.get("n_rows", 0)
        for finding in admission.findings
        if finding.code == code
    }


def test_every_store_of_adventureworks_is_in_the_territory_of_its_salesperson() -> None:
    book = admit("adventureworks").book
    assert book is not None
    assert (book.as_of, book.currency) == (dt.date(2014, 5, 31), "USD")
    assert {name: frame.height for name, frame in book.tables.items() if frame.height} == {
        "accounts": 701,
        "territories": 13,
        "reps": 17,
        "coverage": 16,
        "quotas": 132,
    }
    per_territory = book.accounts.group_by("territory_id").agg(n=pl.len(), potential=pl.col("potential").sum())
    assert (per_territory["n"].min(), per_territory["n"].max()) == (38, 80)
    assert (per_territory["potential"].min(), per_territory["potential"].max()) == (5_900_000, 12_500_000)
    assert book.accounts["potential"].equals(book.accounts["annual_revenue_cents"] / 100, check_names=False)
    assert book.accounts["country"].null_count() == 0
    assert book.accounts["latitude"].null_count() == 495
    assert book.seats.height == 13


def test_adventureworks_has_no_opportunities_and_says_what_that_switches_off() -> None:
    admission = admit("adventureworks")
    assert admission.book is not None
    assert not admission.book.has("opportunities")
    missing = {finding.subject: finding.message for finding in admission.findings if finding.code == "BK203"}
    assert set(missing) == {"ownership", "opportunities", "activities", "transfer_requests"}
    assert "win rate" in missing["opportunities"]
    assert not [finding for finding in admission.findings if finding.severity != "note"]


def test_quotas_of_adventureworks_are_quarters_without_a_gap() -> None:
    admission = admit("adventureworks")
    assert admission.book is not None
    quotas = admission.book.quotas
    assert quotas["period_end"].max() == dt.date(2014, 5, 31)
    gaps = quotas.with_columns(
        after=(pl.col("period_start") - pl.col("period_end").shift(1).over("territory_id")).dt.total_days()
    )
    assert gaps["after"].drop_nulls().unique().to_list() == [1]
    # 163 quotas: those of managers and of the salesperson without stores are left out, and kept with the rejected.
    assert admission.rejects["quotas"].height == 163 - 132
    assert admission.rejects["coverage"].height == 1


def test_all_of_mavens_accounts_and_opportunities_are_accounted_for() -> None:
    admission = admit("maven_crm")
    assert admission.book is not None
    assert (admission.book.as_of, admission.book.currency) == (dt.date(2017, 12, 31), "USD")
    assert admission.book.accounts.height == 85
    assert admission.book.opportunities.height == 8_800 - 1_425
    rejected = admission.rejects["opportunities"]
    assert rejected.height == 1_425
    assert Counter(rejected["deal_stage"]) == {"Engaging": 1_088, "Prospecting": 337}
    assert rejected["code"].unique().to_list() == ["BK301"]
    assert set(admission.rejects) == {"opportunities"}
    assert found(admission, "BK301") == {"None": 1_425}


def test_mavens_slips_are_pointed_out_and_kept() -> None:
    admission = admit("maven_crm")
    assert admission.book is not None
    assert found(admission, "BK328") == {"technolgy": 12, "Philipines": 1}
    assert found(admission, "BK420") == {"GTXPro": 1_258}
    assert admission.book.accounts["vertical"].to_list().count("technolgy") == 12


def test_mavens_agents_are_territories_under_their_office() -> None:
    admission = admit("maven_crm")
    assert admission.book is not None
    book = admission.book
    assert book.seats.height == 35
    assert book.territories.height == 35 + 3
    assert book.reps.height == 35 + 6
    assert book.coverage.height == 35
    idle = {"Carl Lin", "Carol Thompson", "Elizabeth Anderson", "Mei-Mei Johns", "Natalya Ivanova"}
    assert idle <= set(book.seats["territory_id"])
    assert not idle & set(book.accounts["territory_id"])
    (empty,) = [finding for finding in admission.findings if finding.code == "BK415"]
    assert empty.evidence["n_rows"] == 35 - book.accounts["territory_id"].n_unique()


def test_mavens_families_and_revenue() -> None:
    admission = admit("maven_crm")
    assert admission.book is not None
    accounts = admission.book.accounts
    assert accounts["parent_account_id"].is_not_null().sum() == 15
    acme = accounts.row(by_predicate=pl.col("account_id") == "Acme Corporation", named=True)
    assert acme["annual_revenue_cents"] == 1_100_040_000_00


def test_an_account_of_maven_goes_to_the_agent_with_most_of_its_opportunities() -> None:
    admission = admit("maven_crm")
    assert admission.book is not None
    counts = (
        pl.read_csv(SHARED_DATA / "maven_crm" / "sales_pipeline.csv")
        .drop_nulls("account")
        .group_by("account", "sales_agent")
        .len()
    )
    most = counts.group_by("account").agg(pl.col("len").max())
    homes = admission.book.accounts.select(account="account_id", sales_agent="territory_id")
    taken = homes.join(counts, on=["account", "sales_agent"]).select("account", "len").sort("account")
    assert taken.equals(most.sort("account"))
