import datetime as dt

import pytest

from evenhand.plan.edits import move
from evenhand.plan.make import make_plan
from evenhand.policy import Policy

PERIOD = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}


def test_every_group_adds_up_and_ratios_divide_sums(make_book):
    book = make_book(
        as_of=dt.date(2026, 9, 30),
        accounts=[
            {"account_id": f"A{i}", "territory_id": t, "potential": p, "workload_hours": h}
            for i, (t, p, h) in enumerate([("T0", 60.0, 10.0), ("T0", 40.0, 20.0), ("T1", 100.0, 60.0)])
        ],
        territories=[
            {"territory_id": "G"},
            {"territory_id": "T0", "parent_territory_id": "G", "capacity_hours": 100.0},
            {"territory_id": "T1", "parent_territory_id": "G", "capacity_hours": 300.0},
        ],
        quotas=[{"territory_id": t, "amount_cents": 10_000, **PERIOD} for t in ("T0", "T1")],
        opportunities=[
            {"opportunity_id": "O0", "account_id": "A0", "is_closed": True, "is_won": True, "amount_cents": 1,
             "closed_on": dt.date(2026, 5, 1)},
            {"opportunity_id": "O1", "account_id": "A2", "is_closed": True, "is_won": False, "amount_cents": 1,
             "closed_on": dt.date(2026, 5, 1)},
            {"opportunity_id": "O2", "account_id": "A1", "is_closed": False, "is_won": False, "amount_cents": 30_000},
        ],
    )  # fmt: skip
    policy = Policy.of({"bands": {"potential": "off", "workload_ceiling": "off"}, "quotas": {"ramp_relief_share": 0}})
    plan = make_plan(book, policy, edits=[move("A0", "T1")])
    found = {
        (row["territory_id"], row["measure"]): (row["before"], row["after"])
        for row in plan.hierarchy.iter_rows(named=True)
    }
    assert found["T0", "potential"] == (100, 40)
    assert found["G", "potential"] == found["*", "potential"] == (200, 200)
    assert found["T1", "workload_share"] == pytest.approx((0.2, 70 / 300))
    assert found["G", "workload_share"] == pytest.approx((90 / 400, 90 / 400))
    assert found["T0", "coverage"][0] == pytest.approx(3.0)
    assert found["T0", "win_rate"] == (1.0, None)
    assert found["T1", "win_rate"] == (0.0, 0.5)
    assert found["*", "quota"] == (200.0, 200.0)
    ramp = plan.consequences.tables["ramp"]
    assert found["G", "ramp_lost"] == found["*", "ramp_lost"] == (0, pytest.approx(ramp["lost_cents"].sum() / 100))
    assert found["T0", "ramp_lost"] == (0, 0) != found["T1", "ramp_lost"]
    expected = sum(found[seat, "expected_attainment"][1] * found[seat, "quota"][1] for seat in ("T0", "T1"))
    assert found["*", "expected_attainment"] == pytest.approx((1.0, expected / 200))
