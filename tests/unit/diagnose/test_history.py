"""The past quarters are those that the records tell; a trend is more than chance."""

import datetime as dt

import pytest
from scipy.stats import kendalltau

from evenhand.diagnose.history import trace_history
from evenhand.diagnose.history.kendall import chance_of_score
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
ENDS = [
    dt.date(2024, 12, 31), dt.date(2025, 3, 31), dt.date(2025, 6, 30), dt.date(2025, 9, 30),
    dt.date(2025, 12, 31), dt.date(2026, 3, 31), dt.date(2026, 6, 30), AS_OF,
]  # fmt: skip
SEATS = [{"territory_id": "T1"}, {"territory_id": "T2"}]


def account(account_id, seat="T1", **facts):
    return {"account_id": account_id, "territory_id": seat, "created_on": dt.date(2024, 1, 1), **facts}


def column(history, seat, name):
    return history.quarters.filter(territory_id=seat)[name].to_list()


def test_accounts_are_counted_where_they_were(make_book):
    book = make_book(
        AS_OF,
        territories=SEATS,
        accounts=[
            account("stays"),
            account("moved", "T2"),
            account("churned", churned_on=dt.date(2026, 7, 1)),
            account("new", created_on=dt.date(2026, 4, 1)),
        ],
        ownership=[
            {
                "account_id": "moved",
                "territory_id": "T1",
                "starts_on": dt.date(2024, 1, 1),
                "ends_on": dt.date(2025, 7, 1),
            },
            {"account_id": "moved", "territory_id": "T2", "starts_on": dt.date(2025, 7, 1)},
        ],
    )
    history = trace_history(book, Policy())
    assert column(history, "T1", "quarter_end") == ENDS
    assert column(history, "T1", "n_accounts") == [3, 3, 3, 2, 2, 2, 3, 2]
    assert column(history, "T1", "n_arrived") == [0, 0, 0, 0, 0, 0, 1, 0]
    assert column(history, "T1", "n_left") == [0, 0, 0, 1, 0, 0, 0, 1]
    assert column(history, "T2", "n_accounts") == [0, 0, 0, 1, 1, 1, 1, 1]


def test_deals_count_in_the_quarter_of_their_date(make_book):
    book = make_book(
        AS_OF,
        territories=SEATS,
        accounts=[account("A")],
        opportunities=[
            {
                "opportunity_id": f"O{i}",
                "account_id": "A",
                "amount_cents": 10**i,
                "created_on": created,
                "closed_on": closed,
                "is_closed": True,
                "is_won": won,
            }
            for i, (created, closed, won) in enumerate(
                [
                    (dt.date(2024, 9, 30), dt.date(2026, 9, 30), True),
                    (dt.date(2024, 10, 1), dt.date(2026, 7, 1), False),
                    (dt.date(2026, 9, 30), dt.date(2026, 10, 1), True),
                ]
            )
        ],
    )
    history = trace_history(book, Policy())
    assert column(history, "T1", "pipeline_created_cents") == [10, 0, 0, 0, 0, 0, 0, 100]
    assert column(history, "T1", "won_cents") == [0, 0, 0, 0, 0, 0, 0, 1]
    assert (column(history, "T1", "n_closed")[-1], column(history, "T1", "n_won")[-1]) == (2, 1)


@pytest.mark.parametrize(
    ("attained", "trend"),
    [
        ([120, 115, 110, 105, 100, 95, 90, 85], "fell from 120 % to 85 %"),
        ([85, 86, 90, 92, 95, 99, 101, 110], "rose from 85 % to 110 %"),
        ([100, 90, 105, 95, 110, 92, 101, 98], "nothing rose or fell steadily"),
        ([100] * 8, "nothing rose or fell steadily"),
    ],
)
def test_a_steady_trend_is_told_from_chance(make_book, attained, trend):
    book = make_book(
        AS_OF,
        territories=SEATS,
        accounts=[],
        quotas=[
            {
                "territory_id": "T1",
                "period_start": end - dt.timedelta(days=80),
                "period_end": end,
                "amount_cents": 100,
                "attained_cents": value,
            }
            for end, value in zip(ENDS, attained, strict=True)
        ],
        reps=[{"rep_id": "R1"}, {"rep_id": "R2"}],
        coverage=[
            {"rep_id": "R1", "territory_id": "T1", "starts_on": dt.date(2024, 1, 1), "ends_on": dt.date(2025, 6, 30)},
            {"rep_id": "R2", "territory_id": "T1", "starts_on": dt.date(2025, 7, 1)},
        ],
    )
    first, second = trace_history(book, Policy()).drifts
    assert trend in first.sentence
    assert first.reps == ("R1", "R2")
    assert "the rep changed 1 time (R1 → R2)" in first.sentence
    assert second.sentence == "T2: over 8 quarters nothing rose or fell steadily."


def test_what_the_book_does_not_tell_is_null(make_book):
    history = trace_history(
        make_book(AS_OF, territories=SEATS, accounts=[{"account_id": "A", "territory_id": "T1"}]), Policy()
    )
    row = history.quarters.row(0, named=True)
    unknown = {"n_accounts", "n_arrived", "n_left", "won_cents", "pipeline_created_cents", "attainment", "rep_id"}
    assert {name for name, value in row.items() if value is None} >= unknown


@pytest.mark.parametrize(("n", "score"), [(5, 10), (8, 28), (8, 16), (8, 0), (6, 9)])
def test_the_chance_of_a_trend_is_that_of_scipy(n, score):
    orders = [list(range(n))]
    while _score(orders[-1]) > score:
        order = orders[-1].copy()
        at = next(i for i in range(n - 1) if order[i] < order[i + 1])
        order[at], order[at + 1] = order[at + 1], order[at]
        orders.append(order)
    exact = kendalltau(range(n), orders[-1], method="exact")
    assert chance_of_score(n, _score(orders[-1])) == pytest.approx(exact.pvalue)


def _score(order):
    return sum((b > a) - (b < a) for i, a in enumerate(order) for b in order[i + 1 :])
