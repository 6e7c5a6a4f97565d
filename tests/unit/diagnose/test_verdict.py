"""Where a performance out of range comes from, and how it is said."""

import polars as pl
import pytest

from evenhand.diagnose.call import Call, Driver
from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.verdict import judge
from evenhand.policy import Policy

VALUES = {"under": 5.0, "within": 10.0, "over": 20.0, "unknown": None}


def verdict(**statuses):
    rows = [
        {
            "territory_id": "T1",
            "layer": "",
            "is_seat": True,
            "measure": name,
            "value": VALUES[statuses.get(name, "unknown")],
            "unit": str(measure.unit),
            "low": 8.0,
            "high": 12.0,
            "status": statuses.get(name, "unknown"),
            "reason_missing": None if name in statuses else f"no {name}",
        }
        for name, measure in MEASURES.items()
    ]
    (only,) = judge(pl.DataFrame(rows, infer_schema_length=None), Policy(), "USD")
    return only


@pytest.mark.parametrize(
    ("volume", "call"),
    [
        (["over", "over", "over"], Call.OVERLOADED),
        (["over", "over", "within"], Call.OVERLOADED),
        (["over", "within"], Call.MIXED),
        (["over", "over", "under"], Call.MIXED),
        (["under", "under", "within"], Call.STARVED),
        (["within", "within", "over"], Call.HEALTHY),
        (["within", "within", "within", "over", "under"], Call.HEALTHY),
        (["within"], Call.HEALTHY),
        ([], Call.CANNOT_TELL),
    ],
)
def test_the_call_needs_a_majority_and_none_the_other_way(volume, call):
    names = Policy().verdict.volume_measures
    assert verdict(**dict(zip(names, volume, strict=False))).call is call


@pytest.mark.parametrize(
    ("attainment", "volume", "deal_size", "win_rate", "driver"),
    [
        ("over", "over", "within", "within", Driver.VOLUME),
        ("over", "over", "under", "within", Driver.VOLUME),
        ("over", "over", "unknown", "unknown", Driver.VOLUME),
        ("over", "over", "over", "within", Driver.BOTH),
        ("over", "within", "over", "within", Driver.PRODUCTIVITY),
        ("over", "within", "within", "within", Driver.NEITHER),
        ("over", "within", "unknown", "unknown", Driver.UNKNOWN),
        ("over", "under", "under", "within", Driver.NEITHER),
        ("under", "under", "within", "over", Driver.VOLUME),
        ("under", "over", "under", "unknown", Driver.PRODUCTIVITY),
        ("under", "within", "over", "under", Driver.NEITHER),
        ("within", "over", "over", "over", Driver.NONE),
        ("unknown", "over", "over", "over", Driver.UNKNOWN),
    ],
)
def test_the_driver_is_what_is_out_of_range_the_same_way(attainment, volume, deal_size, win_rate, driver):
    found = verdict(attainment=attainment, accounts=volume, deal_size=deal_size, win_rate=win_rate)
    assert found.driver is driver


def test_unknown_performance_says_why():
    sentence = verdict(accounts="over").sentence
    assert sentence.endswith("performance can't be judged: no attainment.")


def test_what_cannot_be_told_says_what_is_missing():
    assert verdict(attainment="within").sentence.startswith(
        "Can't tell whether it is overloaded or starved: no accounts,"
    )


def test_volume_without_known_productivity_does_not_claim_skill():
    found = verdict(attainment="over", accounts="over")
    assert "not skill" not in found.sentence
    assert "productivity can't be judged" in found.sentence


def test_a_long_list_is_cut():
    names = Policy().verdict.volume_measures
    found = verdict(**dict.fromkeys(names, "over"))
    assert "and 2 further measures are all above range" in found.sentence
    assert found.deciding == tuple(names)
