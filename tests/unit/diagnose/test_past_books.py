"""Earlier books are measured alike; what drifted is told with the accounts that did it."""

import dataclasses
import datetime as dt

import polars as pl
import pytest

from evenhand.diagnose import diagnose
from evenhand.foundation.errors import InputError
from evenhand.policy import Policy, parse_policy

MARCH, JUNE, SEPTEMBER = dt.date(2026, 3, 31), dt.date(2026, 6, 30), dt.date(2026, 9, 30)


def book_of(make_book, as_of, places, *, potential=100, reps=None, currency="USD"):
    """Make a book of accounts given as {territory: ids}; the potential may be given for each account."""
    potentials = potential if isinstance(potential, dict) else {}
    return make_book(
        as_of,
        currency,
        territories=[{"territory_id": seat} for seat in places],
        accounts=[
            {"account_id": account, "territory_id": seat, "potential": potentials.get(account, 100)}
            for seat, accounts in places.items()
            for account in accounts
        ],
        reps=[{"rep_id": rep} for rep in sorted(set((reps or {}).values()))],
        coverage=[{"rep_id": rep, "territory_id": seat, "starts_on": as_of} for seat, rep in (reps or {}).items()],
    )


def ids(prefix, n, first=0):
    return [f"{prefix}{i:02}" for i in range(first, n)]


@pytest.fixture
def three(make_book):
    """Three books: T1 gains two accounts from T2 in spring, and six new ones in summer with a new rep."""
    a, b, c = ids("A", 10), ids("B", 10), ids("C", 10)
    new = ids("N", 6)
    usual = {"T1": "R1", "T2": "R2", "T3": "R3"}
    return (
        book_of(make_book, MARCH, {"T1": a, "T2": b, "T3": c}, reps=usual),
        book_of(make_book, JUNE, {"T1": a + b[:2], "T2": b[2:], "T3": c}, reps=usual),
        book_of(
            make_book,
            SEPTEMBER,
            {"T1": a + b[:2] + new, "T2": b[2:], "T3": c[:-1]},
            potential={"A00": 180},
            reps={**usual, "T1": "R9"},
        ),
    )


def change(past, seat, measure):
    return past.changes.filter(territory_id=seat, measure=measure).row(0, named=True)


def test_what_drifted_is_told_with_when_and_why(three):
    march, june, september = three
    past = diagnose(september, Policy(), [june, march]).past
    assert past.books["as_of"].to_list() == [MARCH, JUNE, SEPTEMBER]
    found = change(past, "T1", "potential")
    assert (found["first"], found["last"]) == (1000, 1880)
    assert (found["arrived"], found["left"], found["stayed_changed"]) == (800, 0, 80)
    # 1000 of a mean of 1000, then 1880 of 1193.
    assert found["relative_change"] == pytest.approx(1880 / ((1880 + 800 + 900) / 3) - 1)
    assert found["drifted"]
    assert (found["since"], found["steepest_since"], found["steepest_until"]) == (JUNE, JUNE, SEPTEMBER)
    drift = next(drift for drift in past.drifts if drift.territory_id == "T1")
    assert drift.arrived_ids == ("B00", "B01", *ids("N", 6))
    assert drift.left_ids == ()
    assert drift.reps == ("R1", "R1", "R9")
    assert "revenue potential went from 1,000 to 1,880 (+58 % against the team)" in drift.sentence
    assert "8 accounts came (B00, B01, N00 and 5 more, +800)" in drift.sentence
    assert "those that stayed changed by +80" in drift.sentence
    assert "the rep changed (R1 → R9)" in drift.sentence


def test_flows_say_where_accounts_came_from_and_went_to(three):
    march, june, september = three
    flows = diagnose(september, Policy(), [march, june]).past.flows
    moved = flows.filter(account_id="B00").select("territory_id", "flow", "other_territory_id", "until").rows()
    assert moved == [("T1", "arrived", "T2", JUNE), ("T2", "left", "T1", JUNE)]
    assert flows.filter(account_id="N00").select("flow", "other_territory_id").rows() == [("arrived", None)]
    assert flows.filter(account_id="C09").select("flow", "other_territory_id").rows() == [("left", None)]


def test_every_change_is_what_came_less_what_left_and_what_changed(three):
    past = diagnose(three[2], Policy(), three[:2]).past
    added = past.changes.filter(pl.col("arrived").is_not_null() & (pl.col("measure") != "workload_share"))
    assert set(added["measure"]) >= {"accounts", "potential"}
    made_of = added["arrived"] - added["left"] + added["stayed_changed"]
    assert (added["last"] - added["first"]).to_list() == pytest.approx(made_of.to_list())


def test_a_rise_of_the_whole_team_is_no_drift(make_book):
    places = {seat: ids(seat, 10) for seat in ("T1", "T2")}
    before = book_of(make_book, JUNE, places)
    after = book_of(
        make_book, SEPTEMBER, places, potential={account: 200 for row in places.values() for account in row}
    )
    past = diagnose(after, Policy(), [before]).past
    assert change(past, "T1", "potential")["relative_change"] == pytest.approx(0)
    assert past.drifts == ()
    assert past.sentence == "Since 2026-06-30 (2 books to 2026-09-30) 0 of 2 seats drifted."


def test_the_policy_says_how_much_is_a_drift(three):
    strict = parse_policy("[history]\ndrift_share = 0.9\n")
    assert diagnose(three[2], strict, three[:2]).past.drifts == ()
    silent = parse_policy("[history]\naccounts_named = 0\ndrift_measures = ['accounts']\n")
    sentence = diagnose(three[2], silent, three[:2]).past.drifts[0].sentence
    assert "8 accounts came (see the table)" in sentence
    assert "revenue potential" not in sentence
    with pytest.raises(InputError, match=r"history\.drift_measures"):
        diagnose(three[2], parse_policy("[history]\ndrift_measures = ['acounts']\n"), three[:2])


def test_few_accounts_more_are_no_drift(make_book):
    before = book_of(make_book, JUNE, {"T1": ids("A", 5), "T2": ids("B", 5)}, potential=0)
    after = book_of(make_book, SEPTEMBER, {"T1": ids("A", 9), "T2": ids("B", 5)}, potential=0)
    past = diagnose(after, Policy(), [before]).past
    found = change(past, "T1", "accounts")
    assert found["relative_change"] > 0.15
    assert found["since"] == SEPTEMBER
    assert not found["drifted"]


def test_a_steady_rise_over_five_books_is_called_one(make_book):
    dates = [dt.date(2025, 9, 30), dt.date(2025, 12, 31), MARCH, JUNE, SEPTEMBER]
    dates = [dt.date(2024, 12, 31), dt.date(2025, 3, 31), dt.date(2025, 6, 30), *dates]
    books = [
        book_of(make_book, day, {"T1": ids("A", 20 + 5 * i), "T2": ids("B", 30)}, potential=1)
        for i, day in enumerate(dates)
    ]
    past = diagnose(books[-1], Policy(), books[:-1]).past
    assert change(past, "T1", "accounts")["trend"] == 1
    assert change(past, "T2", "accounts")["trend"] == -1
    assert "accounts went steadily from 20 to 55" in past.drifts[0].sentence


def test_new_and_closed_territories_are_named(make_book):
    before = book_of(make_book, JUNE, {"T1": ids("A", 5), "T2": ids("B", 5)})
    after = book_of(make_book, SEPTEMBER, {"T1": ids("A", 5), "T3": ids("B", 5)})
    past = diagnose(after, Policy(), [before]).past
    assert (past.new_ids, past.gone_ids) == (("T3",), ("T2",))
    assert past.sentence.endswith("; new: T3; gone: T2.")


def test_books_that_cannot_be_compared_are_all_named(make_book):
    def book(day, seats=("T1",), currency="USD"):
        return book_of(make_book, day, {seat: [f"A{seat}"] for seat in seats}, currency=currency)

    earlier = [book(SEPTEMBER), book(JUNE), book(JUNE), book(MARCH, currency="EUR"), book(dt.date(2025, 1, 31), ["X"])]
    with pytest.raises(InputError) as caught:
        diagnose(book(SEPTEMBER), Policy(), earlier)
    said = list(caught.value.problems.values())
    assert len(said) == 5
    for expected, problem in zip(
        ["not earlier", "same date", "same date", "in EUR", "no territory_id"], said, strict=True
    ):
        assert expected in problem


def test_without_earlier_books_there_is_no_past(three):
    past = diagnose(three[2], Policy()).past
    assert past.books.is_empty()
    assert past.sentence == ""
    assert past.as_dict()["drifts"] == []


def test_the_order_of_rows_and_books_does_not_matter(three):
    march, june, september = three
    turned = dataclasses.replace(june, tables={name: table.reverse() for name, table in june.tables.items()})
    once = diagnose(september, Policy(), [march, june]).past
    again = diagnose(september, Policy(), [turned, march]).past
    assert once.as_dict() == again.as_dict()
