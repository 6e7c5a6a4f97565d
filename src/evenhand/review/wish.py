"""What a flag asks for, in the numbers of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.edits import parse_edit
from evenhand.plan.edits.effect import find_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.plan.edits.grounds import Grounds

_KINDS = ("lock", "move")


@dataclass(frozen=True, eq=False)
class Wish:
    """What a flag asks for, in the numbers of the plan.

    Attributes
    ----------
    goes_to
        Index of the territory that each unit has to be in, by unit.
    fault
        Why it can't be honoured; empty where it can.
    """

    flag_id: str
    goes_to: Mapping[int, int]
    fault: str = ""


def read_wish(grounds: Grounds, flag_id: str, wants: Sequence[str]) -> Wish:
    """Read what a flag wants.

    Raises
    ------
    InputError
        If it names an account or territory that isn't there, or edits that aren't ``lock`` or ``move``.
    """
    statement = grounds.statement
    edits = [parse_edit(text) for text in wants]
    problems = {str(edit): "a flag keeps an account or moves it" for edit in edits if edit.kind not in _KINDS}
    if not edits:
        problems["wants"] = "say what the flag asks for: lock:ACCOUNT or move:ACCOUNT=TERRITORY"
    index = {territory_id: t for t, territory_id in enumerate(statement.setting.ids)}
    problems |= {
        str(edit): f"there is no territory {edit.to!r}.{say_nearest(edit.to, index)}"
        for edit in edits
        if edit.to is not None and edit.to not in index
    }
    rows = find_rows(statement.accounts["account_id"], edits)
    if problems:
        raise InputError(problems)
    goes_to: dict[int, int] = {}
    fault = ""
    for edit, row in zip(edits, rows.tolist(), strict=True):
        unit, home = int(statement.units.unit_of_account[row]), int(statement.present[row])
        to = home if edit.to is None else index[edit.to]
        fault = fault or _find_fault(grounds, edit.account_id, unit, home, to)
        if goes_to.setdefault(unit, to) != to:
            fault = f"{edit.account_id} and its family would have to be in two places."
    return Wish(flag_id, goes_to, fault)


def join_wishes(wishes: Sequence[Wish]) -> Wish | None:
    """Return flags as one wish; None where two want the same account in different places."""
    goes_to: dict[int, int] = {}
    for wish in wishes:
        for unit, to in wish.goes_to.items():
            if goes_to.setdefault(unit, to) != to:
                return None
    return Wish("", goes_to)


def _find_fault(grounds: Grounds, account_id: str, unit: int, home: int, to: int) -> str:
    statement = grounds.statement
    ids, eligibility = statement.setting.ids, statement.asked.eligibility
    if statement.setting.is_emptied[to]:
        return f"{ids[to]} is emptied by an event; {account_id} would be without a rep there."
    if to == home:
        return ""
    if not statement.setting.is_seat[to]:
        return f"{ids[to]} is a group of territories; accounts go to seats."
    if not eligibility.allowed[eligibility.kind_of_unit[unit], to]:
        return f"{ids[to]} doesn't take {account_id} by the policy's rules."
    return ""
