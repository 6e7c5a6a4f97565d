"""Checking the layer of a new product: its territories and its own certificate, without the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.events.new_product import NewProduct
from evenhand.plan.events.overlay import OVERLAY_MEASURES, tabulate_levels
from evenhand.plan.record import parse_certificate
from evenhand.plan.solver import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.events.overlay import OverlayQuestion

_CLOSE = 1e-6
"""Distances are rounded to a millionth, and may round the other way on another machine."""


def check_overlays(tables: Mapping[str, pl.DataFrame], outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Say what doesn't hold of the layers of new products: the file, and a sentence.

    Notes
    -----
    The layer's problem is stated again from the book, the policy, the event and where the plan puts the accounts. Its
    values and bounds are recomputed from overlay.csv and overlay_certificate.csv, and compared with overlay_levels.csv.
    """
    overlay = tables.get("overlay")
    events = [event for event in outcome.statement.setting.events if isinstance(event, NewProduct)]
    if overlay is None:
        if events:
            yield "overlay.csv", "overlay.csv is missing, though the plan has a new product."
        return
    if overlay.select("account_id", "layer").is_duplicated().any():
        yield "overlay.csv", "overlay.csv has accounts with two owners in a layer."
        return
    missing = [f"{name}.csv" for name in _TABLES if name not in tables]
    if missing:
        yield (
            missing[0],
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing, so nothing is proven.",
        )
        return
    for event in events:
        question = event.restate(outcome)
        of_layer = {name: tables[name].filter(pl.col("layer") == event.layer) for name in _TABLES}
        try:
            assigned = _read_assignment(of_layer["overlay"], question)
            certificate = parse_certificate(
                of_layer["overlay_certificate"],
                question.seat_ids,
                question.unit_ids.to_list(),
                OVERLAY_MEASURES,
            )
            found = check(question.problem, assigned, certificate)
        except InputError as error:
            yield from (("overlay.csv", f"{where} {message}.") for where, message in error.problems.items())
            continue
        stated, ours = of_layer["overlay_levels"], tabulate_levels(event.layer, found.levels)
        same = stated["level"].to_list() == ours["level"].to_list() and all(
            np.allclose(stated[name].to_numpy(), ours[name].to_numpy(), rtol=_CLOSE, atol=_CLOSE)
            for name in ("value", "bound")
        )
        if not same:
            yield (
                "overlay_levels.csv",
                f"overlay_levels.csv isn't what overlay.csv and overlay_certificate.csv give for {event.layer}.",
            )


_TABLES = ("overlay", "overlay_levels", "overlay_certificate")


def _read_assignment(overlay: pl.DataFrame, question: OverlayQuestion) -> NDArray[np.int32]:
    """(n_units,) the seat of every unit of the layer's problem, from overlay.csv."""
    able = question.able[question.unit] if len(question.unit) else np.zeros(0, bool)
    due = question.accounts.select("account_id", unit=pl.Series(question.unit, dtype=pl.Int64)).filter(pl.Series(able))
    if set(due["account_id"]) != set(overlay["account_id"]):
        raise InputError({"overlay.csv": "isn't every account that the product is for, once"})
    number = {seat: i for i, seat in enumerate(question.seat_ids)}
    unknown = overlay.filter(~pl.col("territory_id").is_in(list(number)))
    if unknown.height:
        raise InputError({"overlay.csv": f"names {unknown['territory_id'][0]!r}, which isn't a seat of the layer"})
    placed = due.join(overlay.select("account_id", "territory_id"), on="account_id").with_columns(
        seat=pl.col("territory_id").replace_strict(number, return_dtype=pl.Int32)
    )
    by_unit = placed.group_by("unit").agg(n=pl.col("seat").n_unique(), seat=pl.col("seat").first()).sort("unit")
    if by_unit.filter(pl.col("n") > 1).height:
        raise InputError({"overlay.csv": "has accounts apart that go together"})
    return by_unit["seat"].to_numpy().astype(np.int32)
