"""From an org's records to the tables a mapping reads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from evenhand.adapters.sources.salesforce.shaping import shape
from evenhand.adapters.sources.salesforce.vendor import find_stages

DAY = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
STAMP = pl.Datetime("us", "UTC")


def frame(rows: list[dict[str, Any]], **dtypes: Any) -> pl.LazyFrame:
    return pl.LazyFrame(rows, schema_overrides=dtypes)


def tables(**more: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    return {
        "User": frame([{"Id": "0051", "UserType": "Standard"}, {"Id": "0052", "UserType": "AutomatedProcess"}]),
        "Account": frame(
            [{"Id": "a1", "OwnerId": "0051", "CreatedDate": DAY}, {"Id": "a2", "OwnerId": "0053", "CreatedDate": DAY}],
            CreatedDate=STAMP,
        ),
        **more,
    }


TERRITORIES = {
    "Territory2Model": frame([{"Id": "m1", "State": "Active"}, {"Id": "m2", "State": "Planning"}]),
    "Territory2": frame(
        [{"Id": name, "Territory2ModelId": "m2" if name == "t9" else "m1"} for name in ("t1", "t2", "t9")]
    ),
    "ObjectTerritory2Association": frame(
        [{"ObjectId": "a1", "Territory2Id": name} for name in ("t1", "t2", "t9")]
        + [{"ObjectId": "a2", "Territory2Id": "t9"}]
    ),
    "UserTerritory2Association": frame([{"UserId": "0051", "Territory2Id": "t2", "IsActive": True}]),
}


def test_people_are_people_and_moments_become_days() -> None:
    shaped = shape(tables())
    assert shaped["User"].collect()["Id"].to_list() == ["0051"]
    assert shaped["Account"].collect()["CreatedDate"].to_list() == [dt.date(2026, 3, 1)] * 2


def test_only_territories_of_active_models_count_and_the_owners_is_marked() -> None:
    shaped = shape(tables(**TERRITORIES))
    assert shaped["Territory2"].collect()["Id"].to_list() == ["t1", "t2"]
    held = shaped["AccountTerritory"].collect()
    assert held.select("ObjectId", "Territory2Id", "OwnerCovers").rows() == [("a1", "t1", 0.0), ("a1", "t2", 1.0)]
    assert "OwnerHistory" not in shaped


def test_without_assigned_accounts_owners_are_territories() -> None:
    def change(key: str, account: str, old: str, new: str, at: dt.datetime) -> dict[str, Any]:
        return {"Id": key, "AccountId": account, "Field": "Owner", "OldValue": old, "NewValue": new, "CreatedDate": at}

    history = frame(
        [
            change("h1", "a1", "0050", "0051", DAY),
            change("h2", "a1", "Ann", "Bob", DAY),
            change("h3", "a2", "0051", "0053", DAY + dt.timedelta(days=9)),
        ],
        CreatedDate=STAMP,
    )
    none_active = {"Territory2Model": frame([{"Id": "m1", "State": "Archived"}])}
    shaped = shape(tables(**(TERRITORIES | none_active), AccountHistory=history))
    assert "Territory2" not in shaped
    rows = shaped["OwnerHistory"].collect().rows()
    assert rows == [
        ("a1", "0051", dt.date(2026, 3, 1)),  # created and handed over on the same day: the later owner counts
        ("a2", "0051", dt.date(2026, 3, 1)),
        ("a2", "0053", dt.date(2026, 3, 10)),
    ]


def test_activities_are_what_was_done() -> None:
    task = {"AccountId": "a1", "OwnerId": "0051", "TaskSubtype": "Call", "LastModifiedDate": DAY}
    tasks = [
        {"Id": "k1", "IsClosed": True, "CompletedDateTime": None, "ActivityDate": dt.date(2026, 2, 1), **task},
        {"Id": "k2", "IsClosed": False, "CompletedDateTime": None, "ActivityDate": dt.date(2026, 5, 1), **task},
    ]
    events = [{"Id": "e1", "AccountId": "a1", "OwnerId": "0051", "StartDateTime": DAY, "ActivityDate": None}]
    shaped = shape(
        tables(
            Task=frame(tasks, CompletedDateTime=STAMP, LastModifiedDate=STAMP),
            Event=frame(events, StartDateTime=STAMP, ActivityDate=pl.Date),
        )
    )
    done = shaped["Activity"].collect().select("Id", "Kind", "HappenedOn").rows()
    assert done == [("e1", "Meeting", dt.date(2026, 3, 1)), ("k1", "Call", dt.date(2026, 2, 1))]


def test_quotas_of_one_type_of_forecast_are_added_up_and_numbers_left_out() -> None:
    def quota(kind: str, amount: float, *, is_amount: bool = True) -> dict[str, Any]:
        day = dt.date(2026, 1, 1)
        return {"Territory2Id": "t1", "QuotaOwnerId": "0051", "StartDate": day, "QuotaAmount": amount,
                "ForecastingTypeId": kind, "IsAmount": is_amount}  # fmt: skip

    rows = [quota("f1", 10.0), quota("f1", 5.0), quota("f2", 15.0), quota("f1", 99.0, is_amount=False)]
    assert shape(tables(ForecastingQuota=frame(rows)))["Quota"].collect()["QuotaAmount"].to_list() == [15.0]


def test_stages_are_numbered_in_the_orgs_order() -> None:
    def stage(name: str, order: int, *, active: bool = True, closed: bool = False, won: bool = False) -> dict[str, Any]:
        return {"Id": name, "ApiName": name, "MasterLabel": name, "SortOrder": float(order), "IsActive": active,
                "IsClosed": closed, "IsWon": won}  # fmt: skip

    rows = [stage("Won", 3, closed=True, won=True), stage("B", 2), stage("A", 1), stage("Old", 0, active=False)]
    found = find_stages({"OpportunityStage": frame(rows)})
    assert {name: (one.number, one.closed, one.won) for name, one in found.items()} == {
        "A": (1, False, False),
        "B": (2, False, False),
        "Won": (3, True, True),
    }
