"""What to make: the arguments of a made firm, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from evenhand.foundation.errors import InputError

STORIES = ("drift", "rep-left", "new-hire", "layoff", "new-product", "graduation")

FEWEST_ACCOUNTS, MOST_ACCOUNTS = 100, 2_000_000
FEWEST_TERRITORIES, MOST_TERRITORIES = 3, 5_000
FEWEST_ACCOUNTS_PER_TERRITORY = 5
FEWEST_QUARTERS, MOST_QUARTERS = 4, 20
MOST_DIRT = 0.2
EARLIEST, LATEST = date(2005, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class FirmRequest:
    """The arguments of a made firm.

    Attributes
    ----------
    n_accounts
        Number of accounts.
    n_territories
        Number of seats that hold accounts; groups and the seats a story adds come on top.
    seed
        Every random number follows from it.
    story
        What has happened to the firm, one of `STORIES`.
    dirty
        Share of the rows of each table that are spoilt, 0 for none.
    as_of
        The day of the export.
    quarters
        Completed quarters of history.
    """

    n_accounts: int = 5000
    n_territories: int = 40
    seed: int = 0
    story: str = "drift"
    dirty: float = 0.0
    as_of: date = date(2026, 9, 30)
    quarters: int = 8


def check_request(request: FirmRequest) -> None:
    """Refuse what no firm can be made of.

    Raises
    ------
    InputError
        Naming each argument that is out of range and what is allowed.
    """
    ranges = {
        "n_accounts": (request.n_accounts, FEWEST_ACCOUNTS, MOST_ACCOUNTS),
        "n_territories": (request.n_territories, FEWEST_TERRITORIES, MOST_TERRITORIES),
        "seed": (request.seed, 0, 2**63 - 1),
        "quarters": (request.quarters, FEWEST_QUARTERS, MOST_QUARTERS),
    }
    problems = {
        name: f"{value!r} is not a whole number from {low:,} to {high:,}"
        for name, (value, low, high) in ranges.items()
        if not _is_whole(value, low, high)
    }
    if not problems and request.n_accounts < FEWEST_ACCOUNTS_PER_TERRITORY * request.n_territories:
        problems["n_territories"] = (
            f"{request.n_territories:,} territories need at least "
            f"{FEWEST_ACCOUNTS_PER_TERRITORY * request.n_territories:,} accounts, not {request.n_accounts:,}"
        )
    if request.story not in STORIES:
        problems["story"] = f"{request.story!r} is none of {', '.join(STORIES)}"
    if not _is_share(request.dirty, MOST_DIRT):
        problems["dirty"] = f"{request.dirty!r} is not a share from 0 to {MOST_DIRT}"
    if not _is_day(request.as_of, EARLIEST, LATEST):
        problems["as_of"] = f"{request.as_of!r} is not a date from {EARLIEST} to {LATEST}"
    if problems:
        raise InputError(problems)


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_share(value: object, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= high


def _is_day(value: object, low: date, high: date) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime) and low <= value <= high
