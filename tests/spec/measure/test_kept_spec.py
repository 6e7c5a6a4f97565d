"""Was the plan kept? Every way in which an account or a deal can differ from what was published."""

import datetime as dt

import polars as pl
import pytest

from evenhand.handoff.ledger import LEDGER_SCHEMA
from evenhand.measure.kept import DealKept, Kept, check_kept

BEFORE, AFTER = dt.date(2026, 9, 30), dt.date(2026, 12, 31)
TERRITORIES = [{"territory_id": t} for t in ("T1", "T2", "T3")]
REPS = [{"rep_id": r} for r in ("R1", "R2", "R3")]


def account(account_id, territory_id, **more):
    return {"account_id": account_id, "territory_id": territory_id, **more}


def test_every_account_says_where_it_is_instead_and_since_when(make_book):
    ids = ("A1", "A2", "A3", "A4", "A5", "A6")
    before = make_book(BEFORE, accounts=[account(a, "T1") for a in ids], territories=TERRITORIES)
    moved_on = dt.date(2026, 10, 20)
    after = make_book(
        AFTER,
        accounts=[
            account("A1", "T2"), account("A2", "T1"), account("A3", "T3"), account("A4", "T3"),
            account("A5", "T2", churned_on=dt.date(2026, 11, 1)), account("A6", "T1"),
        ],
        territories=TERRITORIES,
        ownership=[
            {"account_id": "A1", "territory_id": "T2", "starts_on": moved_on},
            {"account_id": "A4", "territory_id": "T3", "starts_on": dt.date(2026, 12, 1)},
            {"account_id": "A4", "territory_id": "T1", "starts_on": BEFORE, "ends_on": dt.date(2026, 11, 30)},
        ],
    )  # fmt: skip
    moves = pl.DataFrame({"account_id": ["A1", "A2", "A3", "A5"]})
    assignment = pl.DataFrame({"account_id": ids, "territory_id": ["T2", "T2", "T2", "T1", "T2", "T1"]})
    kept = check_kept(moves, assignment, before, after)
    states = dict(kept.accounts.select("account_id", "state").iter_rows())
    assert states == {
        "A1": Kept.KEPT, "A2": Kept.NOT_MOVED, "A3": Kept.ELSEWHERE, "A4": Kept.TAKEN, "A5": Kept.GONE, "A6": Kept.KEPT,
    }  # fmt: skip
    since = dict(kept.accounts.select("account_id", "now_since").iter_rows())
    assert (since["A1"], since["A4"], since["A3"]) == (moved_on, dt.date(2026, 12, 1), None)
    assert kept.moved_share == pytest.approx(1 / 3)
    assert kept.sentences[0] == "1 of 4 moves are as published."
    assert "1 moved without a plan" in kept.sentences[1]


def ledger_row(opportunity_id, transfers_on=dt.date(2026, 10, 15), **more):
    row = {
        "opportunity_id": opportunity_id, "account_id": "A1", "rule": "early", "transfers_on": transfers_on,
        "credit_from": "R1", "credit_to": "R2" if transfers_on else None, "credit_share_from": 0.5,
        "credit_share_to": 0.5, "credit_until": dt.date(2026, 12, 14), "amount_cents": 1,
    }  # fmt: skip
    return row | more


def deal(opportunity_id, rep_id, closed_on=None, *, is_won=None):
    return {
        "opportunity_id": opportunity_id, "account_id": "A1", "rep_id": rep_id, "amount_cents": 1001,
        "closed_on": closed_on or dt.date(2027, 2, 1), "is_closed": closed_on is not None, "is_won": is_won,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "now", "state", "due"),
    [
        (ledger_row("O"), deal("O", "R2"), DealKept.AS_PLANNED, (None, None)),
        (ledger_row("O"), deal("O", "R1"), DealKept.LATE, (None, None)),
        (ledger_row("O"), deal("O", "R3"), DealKept.OTHER_REP, (None, None)),
        (ledger_row("O"), deal("O", None), DealKept.CANNOT_TELL, (None, None)),
        (ledger_row("O", dt.date(2027, 1, 20)), deal("O", "R1"), DealKept.AS_PLANNED, (None, None)),
        (ledger_row("O", None), deal("O", "R1"), DealKept.AS_PLANNED, (None, None)),
        # Won the day before the transfer: all of it is the former rep's.
        (ledger_row("O"), deal("O", "R1", dt.date(2026, 10, 14), is_won=True), DealKept.CLOSED_BEFORE, (1001, 0)),
        # Won on the day of the transfer, and on the last day of shared credit: half each, the odd cent rounded once.
        (ledger_row("O"), deal("O", "R2", dt.date(2026, 10, 15), is_won=True), DealKept.AS_PLANNED, (500, 501)),
        (ledger_row("O"), deal("O", "R2", dt.date(2026, 12, 14), is_won=True), DealKept.AS_PLANNED, (500, 501)),
        # A day later all of it is the new rep's.
        (ledger_row("O"), deal("O", "R2", dt.date(2026, 12, 15), is_won=True), DealKept.AS_PLANNED, (0, 1001)),
        (ledger_row("O"), deal("O", "R2", dt.date(2026, 12, 15), is_won=False), DealKept.AS_PLANNED, (None, None)),
        (ledger_row("O"), deal("P", "R2"), DealKept.NOT_FOUND, (None, None)),
    ],
)
def test_every_deal_says_whose_it_is_and_what_is_due(make_book, row, now, state, due):
    accounts = [account("A1", "T2")]
    before = make_book(BEFORE, accounts=[account("A1", "T1")], territories=TERRITORIES)
    after = make_book(AFTER, accounts=accounts, territories=TERRITORIES, reps=REPS, opportunities=[now])
    ledger = pl.DataFrame([row], schema=LEDGER_SCHEMA)
    moves = pl.DataFrame({"account_id": ["A1"]})
    assignment = pl.DataFrame({"account_id": ["A1"], "territory_id": ["T2"]})
    found = check_kept(moves, assignment, before, after, ledger=ledger).deals.row(0, named=True)
    assert (found["state"], (found["due_from_cents"], found["due_to_cents"])) == (state, due)


@pytest.mark.parametrize(("paid_to", "is_paid"), [(501, True), (500, True), (1001, False), (None, False)])
def test_credit_is_paid_as_agreed_or_not(make_book, paid_to, is_paid):
    before = make_book(BEFORE, accounts=[account("A1", "T1")], territories=TERRITORIES)
    won = deal("O", "R2", dt.date(2026, 11, 1), is_won=True)
    after = make_book(AFTER, accounts=[account("A1", "T2")], territories=TERRITORIES, reps=REPS, opportunities=[won])
    rows = [("O", "R1", 500), *([("O", "R2", paid_to)] if paid_to else [])]
    paid = pl.DataFrame(rows, schema=["opportunity_id", "rep_id", "amount_cents"], orient="row")
    kept = check_kept(
        pl.DataFrame({"account_id": ["A1"]}),
        pl.DataFrame({"account_id": ["A1"], "territory_id": ["T2"]}),
        before,
        after,
        ledger=pl.DataFrame([ledger_row("O")], schema=LEDGER_SCHEMA),
        paid=paid,
    )
    assert kept.deals["is_paid"].to_list() == [is_paid]
    assert f"{int(is_paid)} were paid as agreed" in " ".join(kept.sentences)


@pytest.mark.parametrize(
    ("activities", "states"),
    [
        ([], ["missed", "missed"]),
        ([dt.date(2026, 10, 10)], ["held", "missed"]),
        ([dt.date(2026, 10, 10), dt.date(2026, 11, 15)], ["held", "held"]),
        # Long before the introduction was due is not the introduction.
        ([dt.date(2026, 8, 1)], ["missed", "missed"]),
    ],
)
def test_follow_ups_are_held_where_somebody_was_active_in_time(make_book, activities, states):
    before = make_book(BEFORE, accounts=[account("A1", "T1")], territories=TERRITORIES)
    rows = [{"account_id": "A1", "happened_on": day} for day in activities]
    rows += [{"account_id": "A2", "happened_on": dt.date(2026, 11, 1)}]
    after = make_book(
        AFTER, accounts=[account("A1", "T2"), account("A2", "T2")], territories=TERRITORIES, activities=rows
    )
    tasks = pl.DataFrame(
        {
            "task_id": ["K1", "K2", "K3"],
            "due_on": [dt.date(2026, 10, 12), dt.date(2026, 11, 20), dt.date(2027, 1, 20)],
            "kind": ["introduction", "follow-up", "follow-up"],
            # The introduction is of an account, follow-ups are of all that came to a territory.
            "account_id": ["A1", None, None],
            "territory_id": [None, "T2", "T2"],
            "owner_id": ["R2"] * 3,
        }
    )
    moves = pl.DataFrame({"account_id": ["A1"]})
    assignment = pl.DataFrame({"account_id": ["A1"], "territory_id": ["T2"]})
    kept = check_kept(moves, assignment, before, after, tasks=tasks)
    assert kept.tasks["state"].to_list() == states
    said = pl.DataFrame({"task_id": ["K1"], "done_on": [dt.date(2026, 10, 20)]})
    told = check_kept(moves, assignment, before, after, tasks=tasks, done=said)
    assert told.tasks["state"].to_list() == ["late", "missed"]
