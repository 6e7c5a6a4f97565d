import datetime as dt

import polars as pl

from evenhand.plan.churn import describe_owners, join_earlier_moves, recall_owners
from evenhand.plan.events import RepLeft
from evenhand.plan.locks import lock_accounts
from evenhand.plan.make import make_plan
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)


def build(make_book):
    owned = [("A1", "T0", "2024-01-01"), ("A1", "T1", "2025-01-01"), ("A1", "T0", "2026-06-01")]
    owned += [("A2", "T0", "2024-01-01"), ("A2", "O1", "2025-01-01"), ("A3", "T1", "2024-01-01")]
    return make_book(
        as_of=AS_OF,
        accounts=[{"account_id": f"A{i}", "territory_id": "T0" if i < 3 else "T1"} for i in (1, 2, 3)],
        territories=[{"territory_id": "T0"}, {"territory_id": "T1"}, {"territory_id": "O1", "layer": "overlay"}],
        ownership=[{"account_id": a, "territory_id": t, "starts_on": dt.date.fromisoformat(on)} for a, t, on in owned],
    )


def test_owners_are_counted_within_the_accounts_own_layer(make_book):
    owners = recall_owners(build(make_book), Policy())
    assert owners.select("account_id", "n_owners", "n_earlier_moves", "n_recent_moves").rows() == [
        ("A1", 3, 2, 1),
        ("A2", 1, 0, 0),
        ("A3", 1, 0, 0),
    ]
    words = owners.select(words=describe_owners())["words"].to_list()
    assert words == ["changed hands 2 times before, last on 2026-06-01", None, None]


def test_moves_of_earlier_plans_count_once_and_lock(make_book):
    book = build(make_book)
    earlier = join_earlier_moves(
        [
            pl.DataFrame({"account_id": ["A1"], "to_territory_id": ["T0"], "moved_on": [dt.date(2026, 5, 15)]}),
            pl.DataFrame({"account_id": ["A3"], "to_territory_id": ["T1"], "moved_on": [dt.date(2026, 3, 31)]}),
            pl.DataFrame({"account_id": ["A3"], "to_territory_id": ["T1"], "moved_on": [dt.date(2026, 3, 31)]}),
        ]
    )
    owners = recall_owners(book, Policy(), earlier)
    # The ownership shows the move of A1 already; that of A3 it doesn't.
    assert owners["n_earlier_moves"].to_list() == [2, 0, 1]
    locks = lock_accounts(book, Policy(), earlier)
    assert locks["lock"].to_list() == ["moved on 2026-06-01", None, "moved on 2026-03-31"]


def test_who_is_moved_again_is_counted_and_only_an_emptied_territory_does_it(make_book):
    book = build(make_book)
    assert make_plan(book, Policy()).touched.n_moved_again == 0
    plan = make_plan(book, Policy(), events=[RepLeft("T0")])
    assert plan.touched.n_moved_again == 1
    assert plan.touched.n_many_owners == 1
    assert plan.touched.n_customers == 2
    assert plan.touched.n_seats == 2
    evidence = dict(plan.moves.select("account_id", "evidence").iter_rows())
    assert "changed hands 2 times before, last on 2026-06-01" in evidence["A1"]
