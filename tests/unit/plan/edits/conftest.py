"""A small firm that is easy to reckon with by hand: three seats with bands of 20 % around 100 each."""

import datetime as dt
from functools import partial

import pytest

from evenhand.plan.make import make_plan
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
PERIOD = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}

POTENTIAL = {
    "T0": [40, 30, 25, 10],
    "T1": [40, 30, 25, 5],
    "T2": [40, 30, 25],
}


def build_firm(make_book, **changes):
    """Accounts A00 … by seat; `changes` by account_id."""
    accounts = [
        {"account_id": f"A{t[1]}{i}", "territory_id": t, "potential": float(potential), "segment": "a"}
        for t, potentials in POTENTIAL.items()
        for i, potential in enumerate(potentials)
    ]
    accounts = [account | changes.get(account["account_id"], {}) for account in accounts]
    tables = {
        "territories": [{"territory_id": t, "parent_territory_id": "G"} for t in POTENTIAL] + [{"territory_id": "G"}],
        "quotas": [{"territory_id": t, "amount_cents": 1_000_00, **PERIOD} for t in POTENTIAL],
        "opportunities": [
            {
                "opportunity_id": "O1",
                "account_id": "A00",
                "stage_number": 4,
                "is_closed": False,
                "amount_cents": 100,
            }
        ],
    }
    return make_book(as_of=AS_OF, accounts=accounts, **tables)


POLICY = Policy.of({"bands": {"potential": 0.20, "workload_ceiling": "off"}})


@pytest.fixture(scope="session")
def small_policy():
    """Bands of 20 % around equal potential, and nothing else."""
    return POLICY


@pytest.fixture(scope="session")
def build_small(make_book):
    """The firm, with columns of some accounts otherwise: ``build_small(A00={"locked": True})``."""
    return partial(build_firm, make_book)


@pytest.fixture(scope="module")
def firm(make_book):
    book = build_firm(make_book)
    return book, POLICY, make_plan(book, POLICY)
