"""A plan's owners changed in a spreadsheet: what is wrong with the sheet, row by row, and the plan it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.app.edit import edit_plan
from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.edits import move

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from evenhand.app.edit import Edited
    from evenhand.app.ports import Outside
    from evenhand.book.raw import RawTable
    from evenhand.plan.edits.consequence import Consequence

ACCOUNT, TERRITORY = "account_id", "territory_id"
SHEET = "assignment"
"""The sheet of the plan's workbook in which owners are changed."""

_MOST_SAID = 200


@dataclass(frozen=True)
class OverrideSheet:
    """A sheet as somebody saved it.

    Attributes
    ----------
    table
        Its rows, all text.
    formulas
        Row number and column name of each cell that holds a formula.
    """

    table: RawTable
    formulas: frozenset[tuple[int, str]] = frozenset()


@dataclass(frozen=True)
class Override:
    """A row that wants an account elsewhere than the plan has it."""

    row: int
    account_id: str
    to: str


def find_overrides(
    sheet: OverrideSheet, places: Mapping[str, str], active: Collection[str], seats: Collection[str]
) -> tuple[Override, ...]:
    """Return the rows that say otherwise than the plan.

    Parameters
    ----------
    places
        Territory by account, as the plan has them.
    active
        Accounts that can be moved.
    seats
        Territories that accounts can be moved to.

    Raises
    ------
    InputError
        Naming every row with an unknown account or territory, an account that is there twice, an empty or a formula
        cell, or the columns that are missing; or that no row says otherwise than the plan.
    """
    table = sheet.table
    missing = [name for name in (ACCOUNT, TERRITORY) if name not in table.frame.columns]
    if missing:
        there = ", ".join(table.frame.columns) or "none"
        raise InputError({table.where: f"has no column {' and '.join(missing)}; there are: {there}"})
    rows = table.row_numbers.to_list()
    problems: dict[str, str] = {}
    first: dict[str, int] = {}
    found: list[Override] = []
    for row, account, to in zip(rows, table.frame[ACCOUNT].to_list(), table.frame[TERRITORY].to_list(), strict=True):
        said = _judge(sheet, row, account, to, first, places, active, seats)
        if said:
            problems[f"{table.where}, row {row}"] = said
        elif to != places[account]:
            found.append(Override(row, account, to))
        first.setdefault(account or "", row)
    if problems:
        raise InputError(_first(problems))
    if not found:
        raise InputError({table.where: "says nothing else than the plan; change territory_id where you want another"})
    return tuple(found)


def override_plan(
    outside: Outside,
    sheet: OverrideSheet,
    plan_folder: Path,
    book_folder: Path,
    *,
    to: Path | None,
    replace: bool = False,
) -> Edited:
    """Edit a plan as a sheet says, as one step; what moves as one with an account goes along.

    Parameters
    ----------
    to
        Folder of the plan to write; None to only say what it would cost.

    Raises
    ------
    InputError
        Naming everything that is wrong with the sheet; or rows that put accounts that move as one into different
        territories. Nothing is written then.
    """
    record, _ = outside.read_plan(plan_folder)
    book = outside.read_book(book_folder)
    places = dict(record.tables["assignment"].select(ACCOUNT, TERRITORY).iter_rows())
    active, seats = set(book.active_accounts[ACCOUNT].to_list()), set(book.seats[TERRITORY].to_list())
    overrides = find_overrides(sheet, places, active, seats)
    edits = [str(move(override.account_id, override.to)) for override in overrides]
    weighed = edit_plan(outside, plan_folder, book_folder, to=None, edits=edits)
    if weighed.consequence is not None:
        check_agreement(sheet.table.where, overrides, weighed.consequence)
    if to is None:
        return weighed
    return edit_plan(outside, plan_folder, book_folder, to=to, edits=edits, replace=replace)


def check_agreement(where: str, overrides: Sequence[Override], consequence: Consequence) -> None:
    """Raise where accounts that move as one were put into different territories, so that a row is not as it says."""
    becomes = dict(consequence.accounts.select(ACCOUNT, "to_territory_id").iter_rows())
    problems = {
        f"{where}, row {override.row}": f"{override.account_id} moves as one with an account that a later row puts "
        f"into {becomes.get(override.account_id, 'its place in the plan')}; say the same territory for both"
        for override in overrides
        if becomes.get(override.account_id) != override.to
    }
    if problems:
        raise InputError(_first(problems))


def _judge(
    sheet: OverrideSheet,
    row: int,
    account: str | None,
    to: str | None,
    first: Mapping[str, int],
    places: Mapping[str, str],
    active: Collection[str],
    seats: Collection[str],
) -> str:
    """Say everything that is wrong with a row."""
    said = [
        f"{name} is a formula; paste it as a value" for name in (ACCOUNT, TERRITORY) if (row, name) in sheet.formulas
    ]
    if not account:
        said.append(f"{ACCOUNT} is empty")
    elif account in first:
        said.append(f"{account} is in row {first[account]} already")
    elif account not in places:
        said.append(f"there is no account {account!r} in the plan.{say_nearest(account, places)}")
    if not to:
        said.append(f"{TERRITORY} is empty")
    elif to != places.get(account or ""):
        if to not in seats:
            said.append(f"there is no seat {to!r}.{say_nearest(to, sorted(seats))}")
        if account in places and account not in active:
            said.append(f"{account} isn't an active account of the book, so it stays where it is")
    return "; ".join(said)


def _first(problems: dict[str, str]) -> dict[str, str]:
    more = len(problems) - _MOST_SAID
    return problems if more <= 0 else dict(list(problems.items())[:_MOST_SAID]) | {"and": f"{more} rows more"}
