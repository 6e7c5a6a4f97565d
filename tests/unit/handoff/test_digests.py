import datetime as dt

import polars as pl
import pytest

from evenhand.adapters.letters.press import Press
from evenhand.handoff.digests import write_digests
from evenhand.handoff.staffing import staff_seats
from evenhand.measure.follow_up import FOLLOW_UP_SCHEMA, State

AS_OF, MOVED_ON = dt.date(2026, 11, 18), dt.date(2026, 10, 19)


def account(account_id, territory_id, state, **more):
    return {
        "account_id": account_id, "name": None, "to_territory_id": territory_id, "now_territory_id": territory_id,
        "grade": "low", "state": state, "n_before": 0, "n_since": 0, "last_activity_on": None,
        "open_before_cents": 100_00, "open_now_cents": 250_00, "n_opened_since": 0,
    } | more  # fmt: skip


FOLLOWED = [
    account("A1", "T1", State.WORKED),
    account("A2", "T1", State.LATE),
    account("A3", "T1", State.DROPPED, last_activity_on=dt.date(2026, 9, 1)),
    account("A4", "T2", State.NOT_MOVED),
]


@pytest.fixture
def digests(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "G", "name": "East"}, {"territory_id": "T1", "parent_territory_id": "G"},
                     {"territory_id": "T2", "parent_territory_id": "G"}],
        reps=[{"rep_id": "R1", "name": "Ann", "manager_id": "M"}, {"rep_id": "M", "name": "Max"}],
        coverage=[{"rep_id": "R1", "territory_id": "T1", "starts_on": MOVED_ON},
                  {"rep_id": "M", "territory_id": "G", "starts_on": MOVED_ON}],
    )  # fmt: skip
    seats = staff_seats(book, AS_OF)
    return dict(write_digests(pl.DataFrame(FOLLOWED, schema=FOLLOW_UP_SCHEMA), seats, book, MOVED_ON))


def test_rep_and_manager_read_what_became_of_their_accounts(digests):
    assert list(digests) == ["R1", "M"]
    ours, theirs = digests["R1"], digests["M"]
    assert [ours[f"n_{name}"].value for name in ("moved", "worked", "late", "dropped")] == [3, 1, 1, 1]
    assert (ours["open_before"].value, ours["open_now"].value, ours["n_days"].value) == (300_00, 750_00, 30)
    assert [row["id"] for row in ours["to_do"]] == ["A3", "A2"]
    assert [row["id"] for row in theirs["to_do"]] == ["A3", "A2", "A4"]
    assert [(row["territory"], row["rep"]) for row in theirs["territories"]] == [("T1", "Ann"), ("T2", "")]


def test_a_digest_is_a_mail_that_says_what_is_to_do(digests):
    press = Press("USD", "en_US", {})
    mail = press.mail("follow_up", digests["R1"])
    assert mail.subject == "30 days after the handoff: 1 of 3 accounts worked"
    assert "A3       dropped  Sep 1, 2026    $250" in mail.text
    assert "Open pipeline of these accounts: $300 before the handoff, $750 now." in mail.text
    assert "T2         no rep" in press.mail("follow_up", digests["M"]).text


def test_where_all_is_worked_nothing_is_to_do(digests):
    facts = digests["R1"] | {"to_do": []}
    assert "Nothing to do" in Press("USD", "en_US", {}).mail("follow_up", facts).text
