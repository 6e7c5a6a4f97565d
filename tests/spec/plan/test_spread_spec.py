"""Who takes over what a rep who left, or a layoff, leaves: by spare capacity, never evenly."""

import numpy as np
import polars as pl
import pytest

from evenhand.plan.events import Layoff, RepLeft
from evenhand.plan.events.spread import find_spare_hours, share_by_spare
from evenhand.plan.make import make_plan
from evenhand.policy import Policy

FULL = 1500.0


@pytest.mark.parametrize(
    ("case", "loads", "hours", "takes"),
    [
        ("95 % and 70 % of 1,500 hours have 75 and 450 to spare", (0.95, 0.70), 350, (50, 300)),
        ("the same, all that is spare is needed", (0.95, 0.70), 525, (75, 450)),
        ("more is needed than there is: the rest by capacity", (0.95, 0.70), 625, (125, 500)),
        ("who is full takes nothing while others have room", (1.00, 0.70), 300, (0, 300)),
        ("who is over the ceiling has nothing to spare, not less", (1.20, 0.70), 300, (0, 300)),
        ("nobody has room: by capacity", (1.00, 1.00), 300, (150, 150)),
        ("equal loads, equal shares", (0.80, 0.80), 300, (150, 150)),
    ],
)
def test_hours_are_shared_by_spare_capacity(case, loads, hours, takes):
    capacity = np.full(2, FULL)
    spare = find_spare_hours(np.array(loads) * FULL, capacity, 1.0)
    shared = share_by_spare(np.array([float(hours)]), np.ones((1, 2), bool), spare, capacity)
    assert shared[0] == pytest.approx(takes, abs=1e-3), case


def team(make_book, loads, hours):
    """Seats X, Y … at these loads and Z with so many hours, in accounts of five hours worth a hundred each."""
    held = {f"{'XYW'[i]}": load * FULL for i, load in enumerate(loads)} | {"Z": float(hours)}
    return make_book(
        accounts=[
            {"account_id": f"{seat}{i:03}", "territory_id": seat, "potential": 100.0, "workload_hours": 5.0}
            for seat, total in held.items()
            for i in range(round(total / 5))
        ],
        territories=[{"territory_id": seat, "capacity_hours": FULL} for seat in held],
    )


def taken(plan):
    rows = plan.territories.filter(pl.col("measure") == "inherited_workload").iter_rows(named=True)
    return {row["territory_id"]: row for row in rows}


@pytest.mark.parametrize("event", [RepLeft("Z"), Layoff(("Z",))])
def test_at_95_percent_a_rep_gets_less_than_at_70(make_book, event):
    plan = make_plan(team(make_book, (0.95, 0.70), 350), Policy(), events=[event])
    rows = taken(plan)
    assert rows["X"]["target"] == pytest.approx(50, abs=1e-3)
    assert rows["Y"]["target"] == pytest.approx(300, abs=1e-3)
    assert rows["X"]["after"] <= 60  # two accounts of five hours more than its 50
    assert rows["Y"]["after"] >= 270  # a tenth less than its 300
    assert rows["X"]["after"] + rows["Y"]["after"] == 350
    assert plan.violation == 0
    assert plan.n_moves == 70  # and nobody else's accounts
    workload = {
        row["territory_id"]: row["after"]
        for row in plan.territories.filter(pl.col("measure") == "workload").iter_rows(named=True)
    }
    assert workload["Z"] == 0
    assert workload["X"] <= FULL
    (finding,) = [finding for finding in plan.findings if finding.code == "PL151"]
    for words in ("Z is given up: 70 accounts", "350 hours", "by spare capacity, not evenly", "95 % of its hours"):
        assert words in finding.message


def test_a_team_without_room_says_so_with_the_figures(make_book):
    plan = make_plan(team(make_book, (1.0, 1.0), 300), Policy(), events=[RepLeft("Z")])
    (lack,) = [finding for finding in plan.findings if finding.code == "PL152"]
    assert lack.evidence == {"needed_hours": 300.0, "spare_hours": 0.0, "lacking_hours": 300.0}
    assert "300 hours are too many" in lack.message
    assert plan.status == "infeasible_bands"
    rows = taken(plan)
    assert rows["X"]["target"] == rows["Y"]["target"] == pytest.approx(150)
    assert rows["X"]["after"] == pytest.approx(150, abs=15)


def test_a_full_seat_in_a_small_team_is_not_forced_to_its_share_of_potential(make_book):
    """Three seats of equal potential, of which X is full: by capacity X would have to grow by half."""
    book = team(make_book, (0.99, 0.40), 450)
    plan = make_plan(book, Policy(), events=[RepLeft("Z")])
    assert plan.violation == 0
    assert taken(plan)["X"]["after"] <= 0.01 * FULL + 10
