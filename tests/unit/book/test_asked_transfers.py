import datetime as dt

import polars as pl
import pytest

from evenhand.book.admit import admit_tables
from evenhand.book.asked_transfers import add_transfer_requests
from evenhand.book.raw import RawTable

DAY = dt.date(2026, 9, 30)


def admit(**more):
    tables = {
        "accounts": {"account_id": ["A1"], "territory_id": ["T1"]},
        "territories": {"territory_id": ["T1"]},
        "reps": {"rep_id": ["R1", "R2"]},
        **more,
    }
    raw = {name: RawTable(pl.DataFrame(columns), f"{name}.csv") for name, columns in tables.items()}
    return admit_tables(raw, as_of=DAY, currency="USD").book


def asked(*rows):
    return pl.DataFrame(rows, ["rep_id", "requested_on", "reason"], orient="row")


def test_requests_up_to_the_books_date_are_added_and_said():
    book = admit()
    rows = asked(("R2", DAY, "Closer to home."), ("R1", DAY + dt.timedelta(days=1), "Later."), ("R9", DAY, "Who?"))
    after, findings = add_transfer_requests(book, rows)
    assert after.transfer_requests.rows() == [("R2", DAY, "Closer to home.")]
    assert after.has("transfer_requests", "reason")
    assert {finding.code: finding.evidence["rep_ids"] for finding in findings} == {"BK523": ["R2"], "BK524": ["R9"]}
    assert after.content_hash != book.content_hash


def test_the_same_book_comes_of_a_source_that_has_the_request():
    said = {"rep_id": ["R2"], "requested_on": ["2026-09-30"], "reason": ["Closer to home."]}
    brought = admit(transfer_requests=said)
    rows = asked(("R2", DAY, "Closer to home."))
    assert add_transfer_requests(brought, rows) == (brought, ())
    assert add_transfer_requests(admit(), rows)[0].content_hash == brought.content_hash


@pytest.mark.parametrize("rows", [asked(("R1", DAY + dt.timedelta(days=1), "Later.")), asked(("R1", DAY, "")).clear()])
def test_without_a_request_the_book_is_the_same(rows):
    book = admit()
    assert add_transfer_requests(book, rows) == (book, ())
