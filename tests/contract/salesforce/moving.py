"""An org with accounts that are to change hands, what a careless change would break, and the change set."""

from __future__ import annotations

import datetime as dt
import random

import polars as pl
from tests.contract.salesforce.org import Org

from evenhand.handoff.change_set import CHANGES_SCHEMA

FIRST = dt.date(2026, 10, 15)
DAYS = tuple(FIRST + dt.timedelta(days=days) for days in (0, 1, 4))
LAST = dt.date(2026, 12, 30)
QUARTER = "2026-10-01"


def make_moves(n_moves: int, n_stay: int = 20, n_seats: int = 8, seed: int = 1) -> tuple[Org, pl.DataFrame]:
    """Return an org and the change set of moving some of its accounts: deals early and late, teams, quotas."""
    org, draw = Org(seed=seed), random.Random(seed)
    for kind in ("AccountTeamMember", "Opportunity", "Contact", "AccountHistory"):
        org.index(kind, "AccountId")
    org.index("OpportunityTeamMember", "OpportunityId")
    org.index("ObjectTerritory2Association", "ObjectId")
    model = org.add("Territory2Model", Name="FY26", State="Active")
    top = org.add("Territory2", Name="All", Territory2ModelId=model)
    reps = [org.add("User", Name=f"Rep {i}", IsActive=True) for i in range(n_seats)]
    helper = org.add("User", Name="Sol Engineer", IsActive=True)
    seats = [
        org.add("Territory2", Name=f"Seat {i}", Territory2ModelId=model, ParentTerritory2Id=top) for i in range(n_seats)
    ]
    for seat in seats:
        org.add("ForecastingQuota", Territory2Id=seat, StartDate=QUARTER, QuotaAmount=1_000_000.0, IsAmount=True)
    rows = []
    for i in range(n_moves + n_stay):
        old = draw.randrange(n_seats)
        new = (old + draw.choice((1, 2))) % n_seats
        account = org.add("Account", Name=f"Firm {i}", OwnerId=reps[old], BillingState=draw.choice(("NY", "CA")))
        org.add(
            "ObjectTerritory2Association", ObjectId=account, Territory2Id=seats[old],
            AssociationCause="Territory2Manual", SobjectType="Account",
        )  # fmt: skip
        org.add("Contact", AccountId=account, OwnerId=reps[old], LastName=f"Person {i}")
        if draw.random() < 0.5:
            org.add("AccountTeamMember", AccountId=account, UserId=helper, TeamMemberRole="Engineer")
        day = draw.choice(DAYS)
        if i < n_moves:
            rows += [
                ("account", account, "territory_id", seats[old], seats[new], day),
                ("account", account, "owner_id", reps[old], reps[new], day),
            ]
        for on, stage in ((day, "Qualification"), (LAST, "Negotiation")):
            if draw.random() < 0.3:
                deal = org.add(
                    "Opportunity", AccountId=account, OwnerId=reps[old], StageName=stage, Territory2Id=seats[old],
                    Name=f"Deal {i}", IsExcludedFromTerritory2Filter=True,
                )  # fmt: skip
                org.add("OpportunityTeamMember", OpportunityId=deal, UserId=helper, TeamMemberRole="Engineer")
                if i < n_moves:
                    rows += [
                        ("opportunity", deal, "owner_id", reps[old], reps[new], on),
                        ("opportunity", deal, "territory_id", seats[old], seats[new], on),
                    ]
    for i, seat in enumerate(seats):
        after = "900000.50" if i % 2 else "1099999.50"
        rows.append(("quota", f"{seat}|{QUARTER}", "amount", "1000000.00", after, FIRST))
    return org, pl.DataFrame([("file", *row) for row in rows], schema=CHANGES_SCHEMA, orient="row")


def differs_from_plan(org: Org, changes: pl.DataFrame, until: dt.date) -> list[str]:
    """Return what isn't as the change set wants it by a day."""
    wrong = []
    for row in changes.filter(pl.col("on") <= until).iter_rows(named=True):
        kind, record, field, after = row["object"], row["id"], row["field"], row["after"]
        if (kind, field) == ("account", "territory_id"):
            there = {one["Territory2Id"] for one in org.rows("ObjectTerritory2Association", ObjectId=record)}
            is_right = there == {after}
        elif kind == "quota":
            territory, _, day = record.partition("|")
            (quota,) = org.rows("ForecastingQuota", Territory2Id=territory, StartDate=day)
            is_right = quota["QuotaAmount"] == float(after)
        else:
            table, name = {
                ("account", "owner_id"): ("Account", "OwnerId"),
                ("opportunity", "owner_id"): ("Opportunity", "OwnerId"),
                ("opportunity", "territory_id"): ("Opportunity", "Territory2Id"),
            }[kind, field]
            is_right = org.tables[table][record][name] == after
        if not is_right:
            wrong.append(f"{kind} {record} {field}")
    return wrong
