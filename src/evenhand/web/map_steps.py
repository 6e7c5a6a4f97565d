"""What somebody decides on the map of a plan: about one account, or about all that lie in an area they drew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenhand.adapters.map.polygon import find_inside, read_polygon
from evenhand.foundation.errors import InputError
from evenhand.plan.edits import lock, move, parse_edit
from evenhand.plan.grades import GRADES
from evenhand.web.forms.edits import say_edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.plan.edits import Edit
    from evenhand.web.maps import Seen

MOST_ACCOUNTS = 1000
"""In one area; more than that is no edit by hand any more."""
MOST_STEPS = 50


class Area(BaseModel):
    """An area and what becomes of the accounts in it.

    Attributes
    ----------
    polygon
        Corners ``x y x y …`` in kilometres on the map's plane.
    grades, segments, territories
        Of the accounts that are meant; empty for all. Territories are those that the plan puts them in.
    kind
        ``move`` to the territory `to`, or ``lock`` where they are today.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    polygon: str = Field(max_length=60_000)
    grades: tuple[Literal["low", "medium", "high"], ...] = ()
    segments: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    kind: Literal["move", "lock"] = "move"
    to: str = Field(default="", max_length=200)

    @property
    def words(self) -> str:
        """What becomes of its accounts."""
        return f"go, with their families, to {self.to}" if self.kind == "move" else "stay where they are today"


@dataclass(frozen=True)
class Step:
    """A step as the page shows it: its text, what it says, and the edits that it comes to."""

    text: str
    words: str
    edits: tuple[Edit, ...]


def read_area(text: str) -> Area:
    """Read an area as JSON.

    Raises
    ------
    InputError
        Naming what is wrong with it.
    """
    try:
        return Area.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "area"
        raise InputError({place: str(first["msg"])}) from None


def find_rows(area: Area, seen: Seen) -> NDArray[np.intp]:
    """Return the rows of the accounts that an area means.

    Raises
    ------
    InputError
        If its polygon isn't one.
    """
    ground = seen.ground
    inside = find_inside(read_polygon(area.polygon), ground.x, ground.y) & seen.rows
    sheet = ground.sheet
    if area.grades:
        inside &= sheet["grade"].is_in([GRADES.index(grade) for grade in area.grades]).to_numpy()
    if area.segments:
        inside &= sheet["segment"].fill_null("").is_in(list(area.segments)).to_numpy()
    if area.territories and seen.after is not None:
        inside &= seen.after.is_in(list(area.territories)).fill_null(value=False).to_numpy()
    return np.flatnonzero(inside)


def count_grades(rows: NDArray[np.intp], seen: Seen) -> dict[str, int]:
    """Count accounts by grade."""
    counts = np.bincount(seen.ground.sheet["grade"].gather(rows).to_numpy(), minlength=len(GRADES))
    return dict(zip(GRADES, counts.tolist(), strict=True))


def read_steps(texts: Sequence[str], seen: Seen) -> list[Step]:
    """Read steps in their order: edits of one account as they are written, or areas as JSON.

    Raises
    ------
    InputError
        Naming what is wrong with one of them.
    """
    if len(texts) > MOST_STEPS:
        raise InputError({"step": f"{MOST_STEPS} steps at a time are the most; make a plan of these first."})
    return [_read_area_step(text, seen) if text.startswith("{") else _read_edit(text) for text in texts]


def _read_edit(text: str) -> Step:
    edit = parse_edit(text)
    return Step(str(edit), say_edit(str(edit)), (edit,))


def _read_area_step(text: str, seen: Seen) -> Step:
    area = read_area(text)
    if area.kind == "move" and not area.to:
        raise InputError({"to": "Say which territory."})
    rows = find_rows(area, seen)
    if area.kind == "move" and seen.after is not None:
        # Those that the plan puts there already need no edit.
        rows = rows[seen.after.gather(rows).ne_missing(area.to).to_numpy()]
    if not len(rows):
        raise InputError({"area": "There is no account in it that this would change."})
    if len(rows) > MOST_ACCOUNTS:
        raise InputError(
            {"area": f"{len(rows):,} accounts are in it; {MOST_ACCOUNTS:,} at a time are the most. Draw a smaller one."}
        )
    ids = seen.ground.sheet["account_id"].gather(rows).to_list()
    edits = tuple(move(account_id, area.to) if area.kind == "move" else lock(account_id) for account_id in ids)
    n_accounts = f"{len(ids):,} account{'' if len(ids) == 1 else 's'} in the area"
    return Step(area.model_dump_json(), f"{n_accounts} {area.words}", edits)
