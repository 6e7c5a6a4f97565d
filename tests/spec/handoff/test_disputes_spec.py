"""What a dispute about the credit of a deal does: R1 had it, R2 took it over; it was won for 1,000.01."""

import datetime as dt

import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.handoff.credit import CREDIT_SCHEMA
from evenhand.handoff.disputes import DISPUTES_SCHEMA, check_disputes, settle_disputes
from evenhand.handoff.ledger import LEDGER_SCHEMA

WON_ON = dt.date(2026, 12, 1)
LEDGER = pl.DataFrame(
    [{"opportunity_id": "O1", "account_id": "A1", "credit_from": "R1", "credit_to": "R2"},
     {"opportunity_id": "O2", "account_id": "A2", "credit_from": "R1", "credit_to": None}],
    schema=LEDGER_SCHEMA,
)  # fmt: skip
CREDIT = pl.DataFrame(
    [("O1", "A1", WON_ON, "R1", 0.5, 500_01, "by rule"), ("O1", "A1", WON_ON, "R2", 0.5, 500_00, "by rule"),
     ("O2", "A2", WON_ON, "R1", 1.0, 7_00, "by rule")],
    schema=CREDIT_SCHEMA, orient="row",
)  # fmt: skip
OPEN = {"opportunity_id": "O1", "rep_id": "R1", "raised_on": dt.date(2026, 12, 2), "reason": "I closed it"}
DECIDED = OPEN | {"decided_on": dt.date(2026, 12, 9), "decided_by": "ops", "answer": "the calls are logged"}


def disputes(*rows):
    return pl.DataFrame(rows, schema=DISPUTES_SCHEMA)


@pytest.mark.parametrize(
    ("rows", "credit"),
    [
        pytest.param([], {"R1": 507_01, "R2": 500_00}, id="none"),
        pytest.param([OPEN], {"R1": 507_01, "R2": 500_00}, id="open: the rules stand"),
        pytest.param([DECIDED], {"R1": 507_01, "R2": 500_00}, id="decided: the rules stand"),
        pytest.param([DECIDED | {"share_from": 0.75}], {"R1": 757_01, "R2": 250_00}, id="another share"),
        pytest.param([DECIDED | {"share_from": 1.0}], {"R1": 1_007_01}, id="all of it to the former rep"),
        pytest.param([DECIDED | {"share_from": 0.0}], {"R1": 7_00, "R2": 1_000_01}, id="all of it to the new rep"),
        pytest.param(
            [DECIDED | {"share_from": 0.0}, DECIDED | {"share_from": 0.75, "decided_on": dt.date(2026, 12, 20)}],
            {"R1": 757_01, "R2": 250_00}, id="the later decision counts",
        ),
        pytest.param(
            [DECIDED | {"opportunity_id": "O2", "share_from": 0.0}], {"R1": 507_01, "R2": 500_00},
            id="where only one rep is known, it is theirs",
        ),
    ],
)  # fmt: skip
def test_what_is_decided_takes_the_place_of_the_rules(rows, credit):
    settled = settle_disputes(CREDIT, LEDGER, disputes(*rows))
    paid = settled.group_by("rep_id").agg(pl.col("credit_cents").sum())
    assert dict(paid.iter_rows()) == credit
    assert settled["credit_cents"].sum() == 1_007_01
    assert settled.schema == CREDIT.schema


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"opportunity_id": "O9"}, "no deal of the handoff"),
        ({"rep_id": "R7"}, "R1 and R2"),
        ({"reason": " "}, "say what is wrong"),
        ({"raised_on": None}, "2026-11-30"),
        ({"decided_on": dt.date(2026, 12, 1)}, "before it was raised"),
        ({"decided_by": "R2"}, "isn't paid for the deal"),
        ({"answer": None}, "say why"),
        ({"share_from": 50.0}, "0 to 1"),
        ({"decided_on": None, "share_from": 0.5}, "when it was decided"),
    ],
)
def test_a_dispute_that_cannot_be_is_named(row, said):
    with pytest.raises(InputError, match=said):
        check_disputes(disputes(DECIDED | row), LEDGER)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        check_disputes(disputes(OPEN | {"reason": None}, OPEN | {"opportunity_id": "O9"}), LEDGER)
    assert set(caught.value.problems) == {"dispute 1, reason", "dispute 2, opportunity_id"}
