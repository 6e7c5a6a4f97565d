"""How the distribution over the seats changed from one book to another, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.wording import say_share

if TYPE_CHECKING:
    from evenhand.diagnose import Diagnosis
    from evenhand.diagnose.shape.shape import Shape

DISTRIBUTION_SCHEMA = {
    "measure": pl.String,
    "layer": pl.String,
    "side": pl.String,
    "territory_id": pl.String,
    "value": pl.Float64,
}


@dataclass(frozen=True)
class ShapeChange:
    """How one measure's distribution over the seats changed.

    Attributes
    ----------
    before, after
        Its shape in each book; null where a book doesn't tell it.
    sentence
        The change in words.
    """

    measure: str
    layer: str
    before: Shape | None
    after: Shape | None
    sentence: str


def compare_shapes(before: Diagnosis, after: Diagnosis) -> tuple[ShapeChange, ...]:
    """Compare the shapes of attainment, potential and workload in two diagnoses."""
    was = {(shape.measure, shape.layer): shape for shape in before.shapes}
    now = {(shape.measure, shape.layer): shape for shape in after.shapes}
    keys = dict.fromkeys((*was, *now))
    return tuple(ShapeChange(*key, was.get(key), now.get(key), _say(was.get(key), now.get(key))) for key in keys)


def list_distributions(changes: tuple[ShapeChange, ...]) -> pl.DataFrame:
    """Return every seat's value in both books, see `DISTRIBUTION_SCHEMA`, for charts and exports."""
    rows = [
        (change.measure, change.layer, side, territory, value)
        for change in changes
        for side, shape in (("before", change.before), ("after", change.after))
        if shape is not None
        for territory, value in shape.values
    ]
    return pl.DataFrame(rows, schema=DISTRIBUTION_SCHEMA, orient="row")


def _say(before: Shape | None, after: Shape | None) -> str:
    if after is None:
        return "The newer book doesn't tell it."
    if before is None:
        return f"The book before doesn't tell it. Now: {after.sentence}"
    parts = []
    if before.within_share is not None and after.within_share is not None:
        verb = "were, and still are," if before.within_share == after.within_share else "were within range before, now"
        parts.append(
            f"{say_share(before.within_share)} of the seats {verb} "
            + ("within range" if before.within_share == after.within_share else say_share(after.within_share))
        )
    closer = "closer together" if after.variation < before.variation else "further apart"
    parts.append(
        f"seats are {closer} (variation {before.variation:.2f} before, {after.variation:.2f} now)"
        if abs(after.variation - before.variation) >= _NOTICEABLE
        else f"seats are as far apart as before (variation {after.variation:.2f})"
    )
    if before.has_two_humps and after.has_two_humps is False:
        parts.append("the two groups of before are one now")
    elif after.has_two_humps:
        parts.append("they are two groups" + (", as before" if before.has_two_humps else " now, and were one before"))
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."


_NOTICEABLE = 0.005
