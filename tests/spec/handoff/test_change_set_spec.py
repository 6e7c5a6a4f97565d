"""What a change set comes to with each vendor."""

import datetime as dt

import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.handoff.change_set import CHANGES_SCHEMA, list_quota_changes, list_writes

DAY, LATER = dt.date(2026, 10, 15), dt.date(2026, 12, 30)


def changes(*rows):
    return pl.DataFrame([("file", *row) for row in rows], schema=CHANGES_SCHEMA, orient="row")


ONE_MOVE = changes(
    ("account", "A1", "territory_id", "T1", "T2", DAY),
    ("account", "A1", "owner_id", "R1", "R2", DAY),
    ("opportunity", "O1", "owner_id", "R1", "R2", LATER),
    ("opportunity", "O1", "territory_id", "T1", "T2", LATER),
    ("quota", "T1|2026-10-01", "amount", "1000.00", "900.00", DAY),
    ("quota", "T2|2026-10-01", "amount", "1000.00", "1100.00", DAY),
)

SPEC = {
    "salesforce": [
        (DAY, "ObjectTerritory2Association", "A1|T2", "exists", None, "yes"),
        (DAY, "Account", "A1", "OwnerId", "R1", "R2"),
        (DAY, "ForecastingQuota", "T1|2026-10-01", "QuotaAmount", "1000.00", "900.00"),
        (DAY, "ForecastingQuota", "T2|2026-10-01", "QuotaAmount", "1000.00", "1100.00"),
        (DAY, "ObjectTerritory2Association", "A1|T1", "exists", "yes", None),
        (LATER, "Opportunity", "O1", "OwnerId", "R1", "R2"),
        (LATER, "Opportunity", "O1", "Territory2Id", "T1", "T2"),
    ],
    "hubspot": [
        (DAY, "companies", "A1", "territory", "T1", "T2"),
        (DAY, "companies", "A1", "hubspot_owner_id", "R1", "R2"),
        (LATER, "deals", "O1", "hubspot_owner_id", "R1", "R2"),
    ],
}


@pytest.mark.parametrize("vendor", SPEC)
def test_each_vendor_has_its_own_writes_in_its_own_order(vendor):
    writes = list_writes(ONE_MOVE, vendor)
    assert [(w.on, w.object, w.id, w.field, w.before, w.after) for w in writes] == SPEC[vendor]
    assert list_writes(ONE_MOVE.reverse(), vendor) == writes


def test_the_old_territory_is_left_only_once_the_new_one_is_joined():
    writes = {write.id: write for write in list_writes(ONE_MOVE, "salesforce")}
    assert writes["A1|T1"].needs == writes["A1|T2"].key


def test_a_firms_own_field_takes_the_place_of_the_usual_one():
    writes = list_writes(ONE_MOVE, "hubspot", {("account", "territory_id"): "sales_territory"})
    assert writes[0].field == "sales_territory"


def test_a_value_that_changes_twice_on_a_day_and_an_unknown_vendor_are_said():
    twice = changes(("account", "A1", "owner_id", "R1", "R2", DAY), ("account", "A1", "owner_id", "R1", "R3", DAY))
    with pytest.raises(InputError, match="account A1: owner_id changes twice"):
        list_writes(twice, "salesforce")
    with pytest.raises(InputError, match="no change set can be written to fax"):
        list_writes(ONE_MOVE, "fax")


def test_two_quotas_change_by_what_the_lines_add_up_to():
    period = {"period_start": dt.date(2026, 10, 1), "period_end": dt.date(2026, 12, 31)}
    quotas = pl.DataFrame([
        {"territory_id": "T1", **period, "amount_cents": 10_000_005},
        {"territory_id": "T2", **period, "amount_cents": 5},
        {"territory_id": "T3", **period, "amount_cents": 700},
    ])  # fmt: skip
    lines = pl.DataFrame(
        [("T1", "opening", 10_000_005), ("T1", "accounts_leaving", -2_000_000), ("T1", "rounding", -5),
         ("T2", "opening", 5), ("T2", "accounts_arriving", 2_000_000), ("T3", "opening", 700),
         ("T9", "accounts_arriving", 5)],
        schema=["territory_id", "line", "amount_cents"], orient="row",
    ).with_columns(**{name: pl.lit(day) for name, day in period.items()})  # fmt: skip
    found = list_quota_changes(quotas, lines, DAY, "file")
    assert found.select("object", "id", "field", "before", "after").rows() == [
        ("quota", "T1|2026-10-01", "amount", "100000.05", "80000.00"),
        ("quota", "T2|2026-10-01", "amount", "0.05", "20000.05"),
    ]
