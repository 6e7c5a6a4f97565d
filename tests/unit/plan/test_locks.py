"""What stays whatever the balance."""

import datetime as dt

from evenhand.plan.locks import lock_accounts
from evenhand.policy import Policy


def locks(make_book, ownership=(), policy=None, **account):
    book = make_book(
        as_of=dt.date(2026, 9, 30),
        accounts=[{"account_id": "A", "territory_id": "T1", **account}],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        ownership=[{"account_id": "A", "territory_id": territory, "starts_on": day} for territory, day in ownership],
    )
    return lock_accounts(book, policy or Policy()).row(0, named=True)


def test_an_account_is_free_by_default(make_book):
    assert locks(make_book)["lock"] is None


def test_the_book_and_the_policy_can_lock(make_book):
    assert locks(make_book, locked=True)["lock"] == "locked in the book"
    policy = Policy().with_values({"moves.locked_accounts": ["A"]})
    assert locks(make_book, policy=policy)["lock"] == "locked by the policy"


def test_an_account_that_moved_lately_cools_down(make_book):
    moved = [("T2", dt.date(2024, 1, 1)), ("T1", dt.date(2025, 10, 1))]
    assert locks(make_book, moved)["lock"] == "moved on 2025-10-01"
    assert locks(make_book, moved)["n_earlier_moves"] == 1
    assert locks(make_book, [("T2", dt.date(2024, 1, 1)), ("T1", dt.date(2025, 9, 30))])["lock"] is None
    policy = Policy().with_values({"moves.cool_down_quarters": 0})
    assert locks(make_book, moved, policy)["lock"] is None


def test_a_first_territory_or_a_row_renewed_is_no_move(make_book):
    assert locks(make_book, [("T1", dt.date(2026, 6, 1))])["lock"] is None
    assert locks(make_book, [("T1", dt.date(2026, 1, 1)), ("T1", dt.date(2026, 6, 1))])["lock"] is None
