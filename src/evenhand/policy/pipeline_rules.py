"""What happens to an open deal of a moved account: rules in order, of which the first that matches decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from evenhand.policy.entries import Section, entry

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

LAST_STAGE = 20
TYPES = ("new", "renewal", "expansion")
_MOST_CASES = 4_000_000


class PipelineRule(Section):
    """What happens to an open opportunity of a moved account; the first rule that matches decides."""

    name: str
    types: list[str] = entry(list, "Types it is for; empty: any.")
    stage_from: int = entry(0, "First stage it is for.", low=0, high=LAST_STAGE)
    stage_to: int = entry(LAST_STAGE, "Last stage it is for.", low=0, high=LAST_STAGE)
    amount_from_cents: int | None = entry(None, "Least amount it is for.", unit="cents", low=0, optional=True)
    amount_below_cents: int | None = entry(
        None, "It is for amounts below this one.", unit="cents", low=1, optional=True
    )
    closes_within_days: int | None = entry(
        None, "It is for deals expected to close within so many days of the book's date.",
        unit="days", low=0, high=3650, optional=True,
    )  # fmt: skip
    fields: dict[str, list[str]] = entry(
        dict, "Further columns of the opportunities, and the values it is for; a deal without a value doesn't match."
    )
    transfer: Literal["at once", "in transition", "at close"] = "at once"
    introduction: Literal["none", "warm introduction", "joint call"] = "warm introduction"
    deadline_days: int = entry(0, "At close: transfers after so many days all the same.", unit="days", low=0, high=730)


def number_rules(rules: Sequence[PipelineRule], opportunities: pl.DataFrame, as_of: dt.date) -> pl.Series:
    """Say which rule decides on each opportunity.

    Parameters
    ----------
    opportunities
        With the columns of a book, and those that rules name in `fields`; one that is missing matches no rule that
        names it.
    as_of
        The book's date, from which `closes_within_days` counts.

    Returns
    -------
    pl.Series
        Index of the first rule that matches, null where none does.

    Notes
    -----
    What can't be excluded counts as the more careful case: a deal of unknown stage is taken for a late one. A deal
    without amount counts as 0, and one without an expected date closes within no number of days; one whose date is
    past closes within any.
    """
    number = pl.lit(None, dtype=pl.Int32)
    for i, rule in reversed(list(enumerate(rules))):
        number = pl.when(_matches(rule, as_of, opportunities.columns)).then(pl.lit(i, dtype=pl.Int32)).otherwise(number)
    return opportunities.select(number.alias("rule"))["rule"]


def _matches(rule: PipelineRule, as_of: dt.date, columns: Sequence[str]) -> pl.Expr:
    matches = pl.col("stage_number").fill_null(LAST_STAGE).is_between(rule.stage_from, rule.stage_to)
    if rule.types:
        matches &= pl.col("type").is_in(rule.types).fill_null(value=False)
    amount = pl.col("amount_cents").fill_null(0)
    if rule.amount_from_cents is not None:
        matches &= amount >= rule.amount_from_cents
    if rule.amount_below_cents is not None:
        matches &= amount < rule.amount_below_cents
    if rule.closes_within_days is not None:
        days = (pl.col("closed_on") - pl.lit(as_of)).dt.total_days()
        matches &= (days <= rule.closes_within_days).fill_null(value=False)
    for name, values in rule.fields.items():
        matches &= (
            pl.col(name).cast(pl.String).is_in(values).fill_null(value=False) if name in columns else pl.lit(False)
        )
    return matches


def find_flaws(rules: Sequence[PipelineRule]) -> list[str]:
    """Name the rules that can never match, and the first kind of deal for which there is no rule.

    Returns
    -------
    list[str]
        Sentences; empty where every deal has a rule and every rule a deal.

    Notes
    -----
    Every condition splits its own field into a few pieces in which the rules don't tell deals apart; the product of
    these pieces is gone through in the order of the rules.
    """
    repeated = sorted({rule.name for rule in rules if sum(other.name == rule.name for other in rules) > 1})
    flaws = [f"two rules are called {name!r}" for name in repeated]
    flaws += [f"rule {rule.name!r}: stage_from {rule.stage_from} is after stage_to {rule.stage_to}"
              for rule in rules if rule.stage_from > rule.stage_to]  # fmt: skip
    dimensions = [_types(rules), _stages(rules), _amounts(rules), _closings(rules), *_fields(rules)]
    shape = tuple(len(words) for words, _ in dimensions)
    if np.prod(shape, dtype=float) > _MOST_CASES:
        return [*flaws, "the rules have too many different conditions to be checked against one another"]
    taken = np.zeros(shape, dtype=np.bool_)
    for r, rule in enumerate(rules):
        cases = _cases([mask[r] for _, mask in dimensions])
        if not np.any(cases & ~taken):
            flaws.append(f"rule {rule.name!r} can never match: rules before it take every deal that it is for")
        taken |= cases
    if not taken.all():
        first = np.argwhere(~taken)[0]
        deal = ", ".join(words[i] for (words, _), i in zip(dimensions, first, strict=True) if words[i])
        flaws.append(f"no rule for a deal with {deal}; a last rule without conditions takes what the others leave")
    return flaws


_Dimension = tuple[list[str], "NDArray[np.bool_]"]
"""The pieces that a field falls into, in words, and (n_rules, n_pieces) which of them a rule is for."""


def _dimension(
    rules: Sequence[PipelineRule], pieces: Sequence[tuple[str, Any]], matches: Callable[[PipelineRule, Any], bool]
) -> _Dimension:
    mask = np.array([[matches(rule, value) for _, value in pieces] for rule in rules], dtype=np.bool_)
    return [words for words, _ in pieces], mask.reshape(len(rules), len(pieces))


def _types(rules: Sequence[PipelineRule]) -> _Dimension:
    named = sorted({*TYPES, *(name for rule in rules for name in rule.types)})
    pieces = [*((f"type {name}", name) for name in named), ("no type", None)]
    return _dimension(rules, pieces, lambda rule, name: not rule.types or name in rule.types)


def _stages(rules: Sequence[PipelineRule]) -> _Dimension:
    starts = sorted(
        {0, *(rule.stage_from for rule in rules), *(rule.stage_to + 1 for rule in rules)} - {LAST_STAGE + 1}
    )
    pieces = [(f"stage {start}", start) for start in starts]
    return _dimension(rules, pieces, lambda rule, start: rule.stage_from <= start <= rule.stage_to)


def _amounts(rules: Sequence[PipelineRule]) -> _Dimension:
    cuts = {rule.amount_from_cents for rule in rules} | {rule.amount_below_cents for rule in rules}
    starts = sorted({0, *(cut for cut in cuts if cut is not None)})
    pieces = [(f"an amount of {start / 100:,.2f}" if len(starts) > 1 else "", start) for start in starts]
    return _dimension(
        rules,
        pieces,
        lambda rule, start: (
            (rule.amount_from_cents or 0) <= start
            and (rule.amount_below_cents is None or start < rule.amount_below_cents)
        ),
    )


def _closings(rules: Sequence[PipelineRule]) -> _Dimension:
    cuts = sorted({rule.closes_within_days for rule in rules if rule.closes_within_days is not None})
    pieces = [*((f"its close expected within {cut} days", float(cut)) for cut in cuts)]
    pieces.append(("its close expected later" if cuts else "", np.inf))
    return _dimension(
        rules,
        pieces,
        lambda rule, days: rule.closes_within_days is None or days <= rule.closes_within_days,
    )


def _fields(rules: Sequence[PipelineRule]) -> list[_Dimension]:
    return [_field(rules, name) for name in sorted({name for rule in rules for name in rule.fields})]


def _field(rules: Sequence[PipelineRule], name: str) -> _Dimension:
    values = sorted({value for rule in rules for value in rule.fields.get(name, [])})
    pieces = [*((f"{name} {value}", value) for value in values), (f"another {name}", None)]
    return _dimension(rules, pieces, lambda rule, value: name not in rule.fields or value in rule.fields[name])


def _cases(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    cases = np.ones((), dtype=np.bool_)
    for mask in masks:
        cases = cases[..., None] & mask
    return cases
