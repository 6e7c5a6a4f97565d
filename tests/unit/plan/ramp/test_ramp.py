"""Ramp: past transfers, what they lost, and what a plan loses."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from evenhand.plan.make import make_plan, state
from evenhand.plan.quotas import bridge_quotas
from evenhand.plan.ramp import estimate_ramp, learn_ramp, list_transfers, value_accounts
from evenhand.plan.ramp.familiarity import score_familiarity
from evenhand.plan.ramp.productivity import measure_productivity
from evenhand.plan.ramp.records import read_records
from evenhand.plan.ramp.survival import estimate_survival
from evenhand.plan.ramp.waits import measure_waits
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
DAY = dt.timedelta(days=1)
LONG_AGO = dt.date(2020, 1, 1)


def days_ago(n):
    return AS_OF - n * DAY


def rows_of_ownership(account, *spans):
    return [
        {"account_id": account, "territory_id": territory, "starts_on": start, "ends_on": end}
        for territory, start, end in spans
    ]


def two_seats(make_book, accounts=("A", "B"), **tables):
    return make_book(
        AS_OF,
        accounts=[
            {"account_id": account, "territory_id": "T2", "created_on": LONG_AGO, "potential": 1.0}
            for account in accounts
        ],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        **tables,
    )


def test_a_change_of_territory_is_a_transfer_until_the_next_one(make_book):
    ownership = rows_of_ownership(
        "A", ("T2", LONG_AGO, days_ago(501)), ("T1", days_ago(500), days_ago(201)), ("T2", days_ago(200), None)
    ) + rows_of_ownership("B", ("T2", LONG_AGO, None))
    transfers = list_transfers(two_seats(make_book, ownership=ownership))
    assert transfers.rows() == [
        ("A", days_ago(500), days_ago(200), "account"),
        ("A", days_ago(200), AS_OF + DAY, "account"),
    ]


def test_a_change_of_territory_under_the_same_rep_is_none(make_book):
    ownership = rows_of_ownership("A", ("T1", LONG_AGO, days_ago(101)), ("T2", days_ago(100), None))
    same = [{"rep_id": "R1", "territory_id": t, "starts_on": LONG_AGO, "ends_on": None} for t in ("T1", "T2")]
    other = [same[0], {**same[1], "rep_id": "R2"}]
    assert list_transfers(two_seats(make_book, ownership=ownership, coverage=same)).height == 0
    assert list_transfers(two_seats(make_book, ownership=ownership, coverage=other)).height == 1


def test_a_new_rep_is_a_transfer_of_every_account_of_the_seat_where_it_is_asked_for(make_book):
    coverage = [
        {"rep_id": "R1", "territory_id": "T2", "starts_on": LONG_AGO, "ends_on": days_ago(101)},
        {"rep_id": "R2", "territory_id": "T2", "starts_on": days_ago(100), "ends_on": None},
    ]
    book = two_seats(make_book, coverage=coverage)
    assert list_transfers(book).height == 0
    assert list_transfers(book, with_new_reps=True).rows() == [
        ("A", days_ago(100), AS_OF + DAY, "rep"),
        ("B", days_ago(100), AS_OF + DAY, "rep"),
    ]


def test_survival_is_what_the_textbook_gives():
    # Kaplan–Meier by hand: 1 − 1/5 = 0.8 at 10, × (1 − 1/3) at 30, × (1 − 1/2) at 40.
    days = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    happened = np.array([True, False, True, True, False])
    result = estimate_survival(days, happened, 0.9)
    assert result.n_happened == 3
    assert result.median_days == 40
    assert result.share == pytest.approx(1 - 0.8 * 2 / 3 / 2)
    assert result.share_low < result.share < result.share_high
    assert estimate_survival(days, np.zeros(5, dtype=bool), 0.9) is None


def ramping_book(make_book, *, start_share, ramp_days, n=3000, seed=0):
    """Make accounts that create an opportunity every 60 days by chance; half of them change hands a year ago."""
    rng = np.random.default_rng(seed)
    moved_on = 400
    ownership, deals = [], []
    for i in range(n):
        account = f"A{i:05}"
        moves = i < n // 2
        if moves:
            ownership += rows_of_ownership(
                account, ("T1", LONG_AGO, days_ago(moved_on + 1)), ("T2", days_ago(moved_on), None)
            )
        at = 900
        while True:
            at -= rng.exponential(60)
            if at < 0:
                break
            since = moved_on - at
            share = start_share + (1 - start_share) * min(max(since, 0) / ramp_days, 1)
            if not moves or since < 0 or rng.random() < share:
                deals.append(
                    {
                        "opportunity_id": f"O{len(deals):06}",
                        "account_id": account,
                        "created_on": days_ago(int(at)),
                        "amount_cents": 100_000,
                        "is_closed": True,
                        "is_won": True,
                        "closed_on": days_ago(int(at)),
                    }
                )
    accounts = tuple(f"A{i:05}" for i in range(n))
    return two_seats(make_book, accounts, ownership=ownership, opportunities=deals)


def test_what_is_planted_is_found(make_book):
    policy = Policy()
    book = ramping_book(make_book, start_share=0.2, ramp_days=100)
    records = read_records(book, list_transfers(book), policy)
    found = measure_productivity(records, policy)
    assert found.lost_low < 40 < found.lost_high
    assert found.lost_high - found.lost_low < 15
    assert found.normal_days == pytest.approx(87.5, abs=20)
    assert list(found.share[:3]) == pytest.approx([0.32, 0.56, 0.8], abs=0.08)
    waits = measure_waits(records, policy)
    # Of accounts that stayed, 1 − exp(−90 ÷ 60) have an opportunity within 90 days.
    assert waits.first_opportunity_stayed.share == pytest.approx(1 - np.exp(-1.5), abs=0.03)
    assert waits.first_opportunity.share_high < waits.first_opportunity_stayed.share_low


def test_nothing_is_found_where_nothing_is_lost(make_book):
    policy = Policy()
    book = ramping_book(make_book, start_share=1.0, ramp_days=100, seed=1)
    found = measure_productivity(read_records(book, list_transfers(book), policy), policy)
    assert found.lost_low < 0 < found.lost_high


def test_it_says_which_was_used_and_why(make_book):
    assert "doesn't say when" in learn_ramp(two_seats(make_book), Policy()).why
    few = ramping_book(make_book, start_share=0.5, ramp_days=100, n=60)
    basis = learn_ramp(few, Policy())
    assert (basis.source, basis.n_transfers) == ("policy", 30)
    assert "30 past transfers" in basis.why
    assert "200" in basis.why
    learned = learn_ramp(few, Policy().with_values({"ramp.least_transfers": 20}))
    assert learned.source == "learned"
    assert learned.curve["days"].to_list() == [30, 60, 90, 120, 150, 180]


def kinds(make_book, **changes):
    seat = [
        {"account_id": f"B{i}", "territory_id": "T2", "vertical": "banking", "segment": "large", "employees": 500}
        for i in range(5)
    ]
    moved = {"account_id": "A", "territory_id": "T1", "vertical": "banking", "segment": "large", "employees": 700}
    return make_book(
        AS_OF, accounts=[{**moved, **changes}, *seat], territories=[{"territory_id": "T1"}, {"territory_id": "T2"}]
    )


@pytest.mark.parametrize(
    ("changes", "familiarity"),
    [
        ({}, 1.0),
        ({"vertical": "retail"}, 0.5),  # 0.4 of 0.8: the region isn't known of anybody
        ({"vertical": None}, 1.0),  # what isn't known is left out
        ({"employees": 5000}, 0.75),
        ({"vertical": "retail", "segment": "small", "employees": 2}, 0.0),
        ({"vertical": None, "segment": None, "employees": None}, None),
    ],
)
def test_familiarity_is_the_share_of_what_the_seat_knows(make_book, changes, familiarity):
    moves = pl.DataFrame({"account_id": ["A"], "to_territory_id": ["T2"]})
    found = score_familiarity(kinds(make_book, **changes), moves, Policy())["familiarity"].item()
    assert found == (familiarity if familiarity is None else pytest.approx(familiarity))


MOVES = pl.DataFrame({"account_id": ["A"], "from_territory_id": ["T1"], "to_territory_id": ["T2"]})
WORTH = pl.DataFrame({"account_id": ["A"], "cents_a_day": [1000.0], "hours_a_day": [0.5]})


def test_the_table_loses_half_of_what_the_start_lacks(make_book):
    ramp = estimate_ramp(kinds(make_book), Policy(), MOVES, WORTH)
    row = ramp.territories.row(0, named=True)
    # Familiar: back to normal after 60 days (30 to 90), from 40 %: 60 × 0.6 ÷ 2 = 18 days.
    assert (row["lost_cents"], row["lost_cents_low"], row["lost_cents_high"]) == (18_000, 9_000, 27_000)
    assert (row["lost_days"], row["lost_hours"], row["source"]) == (18, 9, "policy")
    new = estimate_ramp(kinds(make_book, vertical="retail", segment="small", employees=2), Policy(), MOVES, WORTH)
    assert new.totals["lost_cents"] == 36_000
    assert ramp.as_dict()["confidence_share"] is None
    # Half of the way back: three quarters of the loss are behind.
    assert ramp.lost_within(("T1", "T2"), 30).tolist() == [0, 13_500]
    assert ramp.lost_within(("T1", "T2"), 60).tolist() == [0, 18_000]


def test_the_same_rep_loses_nothing(make_book):
    coverage = [{"rep_id": "R1", "territory_id": t, "starts_on": LONG_AGO} for t in ("T1", "T2")]
    book = make_book(
        AS_OF,
        accounts=[{"account_id": "A", "territory_id": "T1"}, {"account_id": "B", "territory_id": "T2"}],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        coverage=coverage,
    )
    assert estimate_ramp(book, Policy(), MOVES, WORTH).totals["lost_cents"] == 0


def test_a_day_is_worth_the_part_of_the_quota_that_is_attained(make_book):
    quarters = [(dt.date(2026, 1, 1), dt.date(2026, 3, 31)), (dt.date(2026, 4, 1), dt.date(2026, 6, 30))]
    book = make_book(
        AS_OF,
        accounts=[{"account_id": a, "territory_id": t, "potential": 1.0} for a, t in (("A", "T1"), ("B", "T2"))],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        quotas=[
            {"territory_id": t, "period_start": s, "period_end": e, "amount_cents": 9_200, "attained_cents": 4_600}
            for t in ("T1", "T2")
            for s, e in quarters
        ]
        + [
            {
                "territory_id": t,
                "period_start": dt.date(2026, 10, 1),
                "period_end": dt.date(2026, 12, 31),
                "amount_cents": 9_200,
            }
            for t in ("T1", "T2")
        ],
    )
    policy = Policy()
    statement = state(book, policy)
    worth = value_accounts(book, statement, policy, bridge_quotas(book, statement, statement.present, policy))
    # 92.00 of quota, half of it attained, over 92 days.
    assert worth["cents_a_day"].to_list() == pytest.approx([50.0, 50.0])


def test_a_plan_has_its_ramp(make_book):
    accounts = [
        {"account_id": f"A{i:02}", "territory_id": "T1" if i < 15 else "T2", "potential": 100.0, "tier": "C"}
        for i in range(20)
    ]
    period = {"period_start": dt.date(2026, 10, 1), "period_end": dt.date(2026, 12, 31)}
    book = make_book(
        AS_OF,
        accounts=accounts,
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        quotas=[{"territory_id": t, "amount_cents": 1_000_000, **period} for t in ("T1", "T2")],
    )
    plan = make_plan(book, Policy())
    assert plan.n_moves > 0
    assert plan.ramp["n_accounts"].sum() == plan.n_moves
    lost = plan.consequences.ramp.lost_within(plan.territory_ids, 92)
    expected = plan.fairness.sort("territory_id")
    assert expected["ramp_loss_cents"].to_list() == lost.tolist()
    assert (expected["attainment_after"] <= 1.5).all()
    nothing = make_plan(book, Policy().with_values({"bands.potential": 10}))
    assert nothing.ramp.height == 0
    assert nothing.consequences.ramp.totals["n_accounts"] == 0
