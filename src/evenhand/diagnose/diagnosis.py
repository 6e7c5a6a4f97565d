"""The diagnosis: what state the territories are in, and whether anything needs to change."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no type hints

from evenhand.diagnose.accounts import measure_accounts
from evenhand.diagnose.call import Call
from evenhand.diagnose.effects import Effects, separate_effects
from evenhand.diagnose.history import (
    History,
    PastBooks,
    Snapshot,
    check_earlier,
    compare_books,
    take_snapshot,
    trace_history,
)
from evenhand.diagnose.holdings import hold
from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.missing import find_missing
from evenhand.diagnose.propensity import Propensity, Standing, learn_propensity
from evenhand.diagnose.shape import Shape, describe_shapes
from evenhand.diagnose.territories import measure_territories
from evenhand.diagnose.triggers import Situation, State, pull
from evenhand.diagnose.verdict import judge
from evenhand.diagnose.win_rates import WinRates, adjust_win_rates
from evenhand.diagnose.wording import say_count, say_list
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose.triggers import Trigger
    from evenhand.diagnose.verdict import Verdict
    from evenhand.policy import Policy


@dataclass(frozen=True)
class Diagnosis:
    """Every territory on every measure, what each is called, and what asks for a change.

    Attributes
    ----------
    book_hash, policy_hash
        Of what it was made from.
    accounts
        The result of `measure_accounts`.
    holdings
        The result of `hold`: the sums that the measures divide.
    territories
        One row per territory, layer and measure, see `measure_territories`.
    team
        One row per layer and measure: the whole team.
    verdicts
        One for each territory and layer; seats come after the groups they roll up to.
    triggers
        One for each trigger, whatever its state.
    effects
        Territory or rep: what attainment owes to each, see `separate_effects`.
    win_rates
        Win rates at equal rep tenure and mix of deals, see `adjust_win_rates`.
    shapes
        The shape of attainment, potential and workload over the seats of each layer, see `describe_shapes`.
    propensity
        The propensity to buy, where the policy has it learned, see `learn_propensity`.
    history
        The past quarters of every seat, and what drifted, see `trace_history`.
    past
        The same measures in earlier books, what drifted since and why, see `compare_books`; empty without any.
    missing
        What is switched off or weakened by what the book lacks.
    policy
        What it was judged by.
    """

    as_of: dt.date
    currency: str
    book_hash: str
    policy_hash: str
    accounts: pl.DataFrame
    holdings: pl.DataFrame
    territories: pl.DataFrame
    team: pl.DataFrame
    verdicts: tuple[Verdict, ...]
    triggers: tuple[Trigger, ...]
    effects: Effects
    win_rates: WinRates
    shapes: tuple[Shape, ...]
    propensity: Propensity
    history: History
    past: PastBooks
    missing: tuple[Finding, ...]
    policy: Policy = field(repr=False)

    @property
    def needs_change(self) -> bool:
        """Say whether any trigger fired."""
        return any(trigger.state is State.FIRED for trigger in self.triggers)

    @cached_property
    def conclusion(self) -> str:
        """Whether anything needs to change, in a sentence or two."""
        fired = [trigger.title.lower() for trigger in self.triggers if trigger.state is State.FIRED]
        near = [trigger.title.lower() for trigger in self.triggers if trigger.state is State.NEAR]
        unknown = [trigger.title.lower() for trigger in self.triggers if trigger.state is State.CANNOT_TELL]
        said = (
            f"{say_count(len(fired), 'trigger')} fired: {say_list(fired)}."
            if fired
            else "No changes needed: none fired."
        )
        said += f" Near: {say_list(near)}." if near else ""
        said += f" Can't tell: {say_list(unknown)}." if unknown else ""
        return f"{said} {self._say_seats()}"

    @cached_property
    def wide(self) -> pl.DataFrame:
        """One row per territory and layer: territory_id, layer, is_seat, verdict, then each measure's value."""
        verdicts = pl.DataFrame(
            [(v.territory_id, v.layer, str(v.call)) for v in self.verdicts],
            schema={"territory_id": pl.String, "layer": pl.String, "verdict": pl.String},
            orient="row",
        )
        keys = ["territory_id", "layer", "is_seat"]
        values = self.territories.group_by(keys, maintain_order=True).agg(
            pl.col("value").filter(pl.col("measure") == name).first().alias(name) for name in MEASURES
        )
        return values.join(verdicts, on=["territory_id", "layer"], how="left", maintain_order="left").select(
            *keys, "verdict", *MEASURES
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; accounts are left out."""
        return {
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "book_hash": self.book_hash,
            "policy_hash": self.policy_hash,
            "needs_change": self.needs_change,
            "conclusion": self.conclusion,
            "verdicts": [verdict.as_dict() for verdict in self.verdicts],
            "triggers": [trigger.as_dict() for trigger in self.triggers],
            "territories": self.territories.to_dicts(),
            "team": self.team.to_dicts(),
            "effects": self.effects.as_dict(),
            "win_rates": self.win_rates.as_dict(),
            "shapes": [shape.as_dict() for shape in self.shapes],
            "propensity": self.propensity.as_dict(),
            "history": self.history.as_dict(),
            "past": self.past.as_dict(),
            "missing": [finding.as_dict() for finding in self.missing],
        }

    def _say_seats(self) -> str:
        calls = [verdict.call for verdict in self.verdicts if verdict.is_seat]
        counts = [f"{calls.count(call)} {call}" for call in Call if call in calls]
        return f"Of {say_count(len(calls), 'seat')}: {say_list(counts)}." if calls else "There are no seats."


def diagnose(book: Book, policy: Policy, earlier: Sequence[Book] = ()) -> Diagnosis:
    """Say what state the territories are in, with the figures that say so.

    Parameters
    ----------
    earlier
        Books of the same firm on earlier dates, in any order: the same policy measures them, so that what drifted
        since is the territories' doing and not the rules'.

    Raises
    ------
    InputError
        If the policy's verdict names a measure that there isn't, or an earlier book can't be compared.
    """
    check_measures(policy)
    check_earlier(book, earlier)
    # The matrices are small: further threads get in each other's way, and their number would show in the last digits.
    with threadpool_limits(limits=1, user_api="blas"):
        return _diagnose(book, policy, earlier)


def _diagnose(book: Book, policy: Policy, earlier: Sequence[Book]) -> Diagnosis:
    propensity = learn_propensity(book, policy)
    accounts = measure_accounts(book, policy, propensity)
    holdings = hold(accounts, book, policy)
    territories, team = measure_territories(holdings, book, policy)
    win_rates = adjust_win_rates(book, policy)
    triggers = pull(Situation(book, policy, accounts, holdings, territories, win_rates))
    effects = separate_effects(book, policy)
    return Diagnosis(
        as_of=book.as_of,
        currency=book.currency,
        book_hash=book.content_hash,
        policy_hash=policy.content_hash,
        accounts=accounts,
        holdings=holdings,
        territories=territories,
        team=team,
        verdicts=judge(territories, policy, book.currency),
        triggers=triggers,
        effects=effects,
        win_rates=win_rates,
        shapes=describe_shapes(territories, policy, book.currency),
        propensity=propensity,
        history=trace_history(book, policy),
        past=_look_back(earlier, take_snapshot(book, accounts, territories, team), policy),
        missing=(
            *find_missing(book, policy, territories, triggers),
            *_missing_effects(effects),
            *_say_refused(propensity),
        ),
        policy=policy,
    )


def _look_back(earlier: Sequence[Book], last: Snapshot, policy: Policy) -> PastBooks:
    snapshots = []
    for book in sorted(earlier, key=lambda past: past.as_of):
        accounts = measure_accounts(book, policy, learn_propensity(book, policy))
        territories, team = measure_territories(hold(accounts, book, policy), book, policy)
        snapshots.append(take_snapshot(book, accounts, territories, team))
    return compare_books([*snapshots, last], policy)


def _missing_effects(effects: Effects) -> tuple[Finding, ...]:
    if effects.missing is None:
        return ()
    message = f"Territory or rep can't be told: {effects.missing}."
    return (Finding("DG108", Severity.NOTE, "effects", message, "Bring it and admit again."),)


def _say_refused(propensity: Propensity) -> tuple[Finding, ...]:
    if propensity.standing is not Standing.REFUSED:
        return ()
    hint = "Go on by facts (potential.propensity), or bring more closed opportunities with created_on and activities."
    return (Finding("DG109", Severity.WARNING, "propensity", propensity.sentence, hint),)


def check_measures(policy: Policy) -> None:
    """Refuse a policy that names measures that there aren't.

    Raises
    ------
    InputError
        Naming each, with the nearest right one.
    """
    problems = {}
    named = {
        "verdict.volume_measures": policy.verdict.volume_measures,
        "verdict.productivity_measures": policy.verdict.productivity_measures,
        "history.drift_measures": policy.history.drift_measures,
    }
    for entry, names in named.items():
        unknown = [name for name in names if name not in MEASURES]
        if unknown:
            nearest = [difflib.get_close_matches(name, MEASURES, n=1) or ["none is near"] for name in unknown]
            hints = say_list([f"{name!r} (nearest: {near[0]})" for name, near in zip(unknown, nearest, strict=True)])
            problems[entry] = f"no such measure: {hints}; there are {', '.join(MEASURES)}"
    if problems:
        raise InputError(problems)
