"""What an edit by hand breaks: bands, limits, rules of who takes what, families, locks, the cool-down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.diagnose.pools import match_rule, rules_in_force
from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.codes import CODES
from evenhand.plan.edits.standing import excess
from evenhand.plan.explain import MEASURE_WORDS
from evenhand.plan.grades import HIGH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.edits.standing import Change, Standing

_MORE = 1e-9


def find_breaks(grounds: Grounds, before: Standing, changes: Sequence[Change]) -> tuple[Finding, ...]:
    """List what changes that were carried out one after the other break, most important first."""
    if not changes:
        return ()
    after = changes[-1].after
    found = [*_bands(grounds, before, after), *_limits(grounds, before, after)]
    standing = before
    for change in changes:
        found += _of_accounts(grounds, standing, change)
        standing = change.after
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: (order.index(finding.severity), finding.code)))


def _finding(code: str, severity: Severity, subject: str, message: str, **evidence: Any) -> Finding:
    return Finding(code, severity, subject, message, CODES[code].fix, evidence)


def _bands(grounds: Grounds, before: Standing, after: Standing) -> Iterator[Finding]:
    bands, ids = grounds.statement.bands, grounds.statement.setting.ids
    was, becomes = excess(before), excess(after)
    worse = becomes > was + _MORE
    for t, m in np.argwhere(worse).tolist():
        name = bands.measures[m]
        load, target = float(after.loads[t, m]), float(after.targets[t, m])
        is_over = load > after.upper[t, m]
        limit = float(after.upper[t, m] if is_over else after.lower[t, m])
        side = "over" if is_over else "under"
        verb = "goes further" if was[t, m] > 0 else "goes"
        message = (
            f"{ids[t]} {verb} {side} its band for {MEASURE_WORDS.get(name, name)}: {load:,.0f}, "
            f"{'most' if is_over else 'least'} {limit:,.0f}."
        )
        yield _finding(
            "PL301", Severity.ERROR, ids[t], message, measure=name, load=load, limit=limit, target=target,
            excess_share=float(becomes[t, m]),
        )  # fmt: skip


def _limits(grounds: Grounds, before: Standing, after: Standing) -> Iterator[Finding]:
    limits, ids = grounds.policy.moves, grounds.statement.setting.ids
    if limits.most_moves is None and limits.most_moves_from is None and limits.most_moves_into is None:
        return
    (was_from, was_into), (n_from, n_into) = (_count_units(grounds, standing) for standing in (before, after))
    n_moves, most = int(n_from.sum()), limits.most_moves
    if most is not None and n_moves > max(most, int(was_from.sum())):
        message = f"{n_moves:,} moves in all; the policy allows {most:,}."
        yield _finding("PL302", Severity.ERROR, "moves.most_moves", message, n=n_moves)
    for name, limit, was, becomes, words in (
        ("moves.most_moves_from", limits.most_moves_from, was_from, n_from, "out of"),
        ("moves.most_moves_into", limits.most_moves_into, was_into, n_into, "into"),
    ):
        for t in [] if limit is None else np.flatnonzero(becomes > np.maximum(was, limit)).tolist():
            message = f"{int(becomes[t]):,} moves {words} {ids[t]}; the policy allows {limit:,}."
            yield _finding("PL302", Severity.ERROR, name, message, territory_id=ids[t], n=int(becomes[t]))


def _count_units(grounds: Grounds, standing: Standing) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count moves out of and into every territory; what moves as one counts once."""
    present = grounds.statement.present
    firsts = np.union1d(grounds.statement.units.first_account, np.array(sorted(standing.alone), np.intp))
    moved = firsts[standing.assigned[firsts] != present[firsts]]
    n = len(grounds.statement.setting.ids)
    return np.bincount(present[moved], minlength=n), np.bincount(standing.assigned[moved], minlength=n)


def _of_accounts(grounds: Grounds, before: Standing, change: Change) -> Iterator[Finding]:
    statement = grounds.statement
    members, target = change.members, change.target
    ids, setting = statement.setting.ids, statement.setting
    accounts = statement.accounts[members]
    account_id = change.edit.account_id
    goes = target != statement.present[members[0]]
    if goes and change.source != target:
        if wrong := _unfit(grounds, accounts, change):
            message = f"{ids[target]} doesn't take {account_id}: {wrong}."
            yield _finding("PL303", Severity.ERROR, ids[target], message, account_id=account_id)
        if setting.is_emptied[target]:
            message = f"{ids[target]} is emptied by an event; {account_id} would be without a rep there."
            yield _finding("PL308", Severity.ERROR, ids[target], message, account_id=account_id)
        for row in accounts.filter(pl.col("lock").is_not_null()).iter_rows(named=True):
            code = "PL306" if row["lock"].startswith("moved on") else "PL305"
            why = row["lock"] if code == "PL305" else f"{row['lock']}, within the cool-down"
            message = f"{row['account_id']} should stay: {why}."
            yield _finding(code, Severity.WARNING, row["account_id"], message, lock=row["lock"])
        if (change.after.unit_grade[members] == HIGH).any() and change.source == statement.present[members[0]]:
            message = f"Moving {account_id} is a high disruption."
            yield _finding("PL307", Severity.WARNING, account_id, message)
    apart = _family_apart(grounds, before, change)
    if apart:
        message = f"{account_id} is apart from {apart[0]}" + (
            f" and {len(apart) - 1} more of its family." if len(apart) > 1 else " of its family."
        )
        yield _finding("PL304", Severity.WARNING, account_id, message, account_ids=apart[:20])
    if not goes and setting.is_emptied[target] and change.edit.kind != "exclude":
        message = f"{account_id} stays in {ids[target]}, which an event empties: nobody covers it there."
        yield _finding("PL308", Severity.ERROR, ids[target], message, account_id=account_id)
    if before.is_held[members].any():
        message = f"An earlier edit had put {account_id} into {ids[change.source]}; this one counts."
        yield _finding("PL309", Severity.NOTE, account_id, message)


def _unfit(grounds: Grounds, accounts: pl.DataFrame, change: Change) -> str:
    """Say which rule of the territory the accounts don't fit; nothing where they fit."""
    territories = grounds.statement.setting.territories
    row = territories[change.target]
    layers = territories["layer"]
    if layers[change.target] != layers[int(grounds.statement.present[change.members[0]])]:
        return f"it is of the layer {row['layer'][0]!r}"
    for column in rules_in_force(grounds.policy):
        fits = match_rule(accounts[column], row[column])[:, 0]
        if not fits.all():
            value = accounts.filter(pl.Series(~fits))[column][0]
            return f"it takes {column} {row[column][0]}, not {value if value is not None else 'unknown'}"
    return ""


def _family_apart(grounds: Grounds, before: Standing, change: Change) -> list[str]:
    """List the rest of a family that was together before, and isn't after."""
    statement = grounds.statement
    if change.edit.kind != "move-alone" or not grounds.policy.moves.keep_families_together:
        return []
    row = int(change.members[0])
    rest = [int(m) for m in grounds.members(row) if m != row and before.assigned[m] == before.assigned[row]]
    apart = [m for m in rest if change.after.assigned[m] != change.target]
    return [statement.accounts["account_id"][m] for m in apart]
