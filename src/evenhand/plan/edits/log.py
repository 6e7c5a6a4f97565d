"""The log of what was done to a plan by hand: as tables, and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.plan.plan import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHANGES_SCHEMA = {"account_id": pl.String, "from_territory_id": pl.String, "to_territory_id": pl.String}
"""Columns of the changes of a step."""


def write_steps(steps: Sequence[Step]) -> dict[str, pl.DataFrame]:
    """Lay the steps out as tables: ``edits``, and ``edit_certificates`` where a step replaced the certificate."""
    if not steps:
        return {}
    number = pl.lit(0, pl.Int64).alias("step")
    changes = [
        step.changes.select(pl.lit(i, pl.Int64).alias("step"), *CHANGES_SCHEMA) for i, step in enumerate(steps, start=1)
    ]
    tables = {"edits": pl.concat([pl.DataFrame(schema=CHANGES_SCHEMA).select(number, *CHANGES_SCHEMA), *changes])}
    before = [
        step.certificate_before.select(pl.lit(i, pl.Int64).alias("step"), pl.all())
        for i, step in enumerate(steps, start=1)
        if step.certificate_before is not None
    ]
    return tables | ({"edit_certificates": pl.concat(before)} if before else {})


def read_steps(summary: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> tuple[Step, ...]:
    """Read the steps back from plan.json and the tables of `write_steps`."""
    steps = []
    for i, stated in enumerate(summary.get("steps", ()), start=1):
        of_step = pl.col("step") == i
        before = tables["edit_certificates"].filter(of_step).drop("step") if "edit_certificates" in tables else None
        is_repair = not stated["edits"]
        steps.append(
            Step(
                tuple(stated["edits"]),
                tables["edits"].filter(of_step).drop("step"),
                before if is_repair else None,
                stated["seconds_before"],
            )
        )
    return tuple(steps)
