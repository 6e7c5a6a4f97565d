"""What the reader of the bridges should know: limits that can't hold, stand-ins, a total that isn't conserved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.diagnose.wording import say_count, say_list
from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.codes import CODES
from evenhand.plan.quotas.methods import find_layers, find_teams, pair_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evenhand.book.book import Book
    from evenhand.plan.quotas.bridge import PeriodBridge
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

_SHOWN = 20

_STAND_INS = {
    "longer": "a longer period's, by days",
    "latest": "their latest one's",
}


def remark_on_quotas(
    book: Book, statement: Statement, policy: Policy, bridges: Sequence[PeriodBridge]
) -> tuple[Finding, ...]:
    """List what the reader should know of the period in which the plan takes effect."""
    first = bridges[0]
    if not book.has("quotas") and policy.quotas.company_target_cents is None:
        return ()
    return (
        *_about_limits(statement, policy, first, book.currency),
        *_about_total(policy, first, book.currency),
        *_about_stand_ins(statement, first),
        *_about_missing(statement, first),
        *_about_left_behind(statement, first, book.currency),
        *_about_sharing(book, statement, policy, first),
    )


def _about_limits(statement: Statement, policy: Policy, bridge: PeriodBridge, currency: str) -> Iterator[Finding]:
    ids = statement.setting.ids
    if bridge.clashes.any():
        seats = [ids[t] for t in np.flatnonzero(bridge.clashes)]
        message = f"The floor is above the cap for {say_count(len(seats), 'seat')}: {_name(seats)}. The cap holds."
        yield _finding("PL131", Severity.WARNING, "quotas.floor", message, territory_ids=seats[:_SHOWN], n=len(seats))
    limited = bridge.new - bridge.line("rounding")
    unlimited = limited - bridge.line("floor") - bridge.line("cap") - bridge.line("limits_shared")
    layers = find_layers(statement.setting)
    for layer in np.unique(layers):
        here = layers == layer
        wanted, got = int(unlimited[here].sum()), int(limited[here].sum())
        if got == wanted:
            continue
        side, verb = ("Floors", "rises") if got > wanted else ("Caps", "falls")
        short = "more" if got > wanted else "less"
        message = (
            f"{side} add up to {_money(got, currency)}, which is {_money(abs(got - wanted), currency)} {short} than "
            f"the total {_money(wanted, currency)}. They hold, and the total {verb} by that."
        )
        yield _finding(
            "PL132", Severity.WARNING, "quotas.limits", message, wanted_cents=wanted, limits_cents=got,
            difference_cents=got - wanted,
        )  # fmt: skip
    if not bridge.is_rounded:
        message = (
            f"Floors and caps leave no room to round every quota to {_money(policy.quotas.round_to_cents, currency)} "
            "while the total stays; quotas keep their cents."
        )
        yield _finding("PL136", Severity.NOTE, "quotas.round_to_cents", message)


def _about_total(policy: Policy, bridge: PeriodBridge, currency: str) -> Iterator[Finding]:
    opening, new = int(bridge.opening.sum()), int(bridge.new.sum())
    if opening == new:
        return
    method = int(bridge.line("method").sum())
    relief = int((bridge.line("ramp_relief") + bridge.line("relief_carried")).sum())
    limits = sum(int(bridge.line(name).sum()) for name in ("floor", "cap", "limits_shared"))
    parts = {
        f"{_money(method, currency)} by the method {policy.quotas.method}": method,
        f"{_money(relief, currency)} of ramp relief that nobody carries": relief,
        f"{_money(limits, currency)} by floors and caps": limits,
    }
    named = say_list([words for words, cents in parts.items() if cents])
    message = (
        f"New quotas add up to {_money(new, currency)}, {_money(abs(new - opening), currency)} "
        f"{'more' if new > opening else 'less'} than the opening {_money(opening, currency)}: {named}."
    )
    yield _finding(
        "PL133", Severity.NOTE, "quotas", message, opening_cents=opening, new_cents=new, method_cents=method,
        relief_cents=relief, limits_cents=limits,
    )  # fmt: skip


def _about_stand_ins(statement: Statement, bridge: PeriodBridge) -> Iterator[Finding]:
    source = np.array(bridge.source)
    seats = statement.setting.is_seat
    n_known = int((seats & (source != "")).sum())
    span = f"{bridge.period.start.isoformat()} to {bridge.period.end.isoformat()}"
    for kind, words in _STAND_INS.items():
        chosen = seats & (source == kind)
        if not chosen.any():
            continue
        ids = [statement.setting.ids[t] for t in np.flatnonzero(chosen)]
        if len(ids) == n_known:
            message = f"The book has no quotas for {span}, in which the plan takes effect; each seat's is {words}."
            yield _finding("PL134", Severity.NOTE, "quotas.period_start", message, n=len(ids))
            continue
        message = f"{say_count(len(ids), 'seat')} have no quota for {span}; theirs is {words}: {_name(ids)}."
        yield _finding(
            "PL134", Severity.WARNING, "quotas.period_start", message, territory_ids=ids[:_SHOWN], n=len(ids)
        )


def _about_missing(statement: Statement, bridge: PeriodBridge) -> Iterator[Finding]:
    source, seats = np.array(bridge.source), statement.setting.is_seat
    layers = find_layers(statement.setting)
    has_quota = np.isin(layers, layers[seats & (source != "")])
    n_accounts = np.bincount(statement.present, minlength=len(seats))
    without = seats & (n_accounts > 0) & has_quota & (source == "")
    if without.any():
        ids = [statement.setting.ids[t] for t in np.flatnonzero(without)]
        one = len(ids) == 1
        message = (
            f"{say_count(len(ids), 'seat')} {'has' if one else 'have'} no quota in the book: {_name(ids)}. "
            f"{'It counts' if one else 'They count'} as 0, so accounts that leave take no quota along."
        )
        yield _finding("PL137", Severity.WARNING, "quotas", message, territory_ids=ids[:_SHOWN], n=len(ids))
    if (seats & (source != "")).any() and not bridge.opening[seats].any():
        message = "All quotas of the period in which the plan takes effect are 0; none moves with the accounts."
        yield _finding("PL138", Severity.WARNING, "quotas.amount", message)


def _about_left_behind(statement: Statement, bridge: PeriodBridge, currency: str) -> Iterator[Finding]:
    # Of a period that has begun, the days before stay with the seat: only what should have gone is meant.
    left = np.where(statement.setting.is_emptied, bridge.new - (bridge.opening - bridge.remaining), 0)
    for t in np.flatnonzero(left > 0).tolist():
        seat, cents = statement.setting.ids[t], int(left[t])
        message = (
            f"{seat} is given up, but {_money(cents, currency)} of its quota go with no account and stay with nobody."
        )
        yield _finding("PL139", Severity.WARNING, seat, message, amount_cents=cents)


def _about_sharing(book: Book, statement: Statement, policy: Policy, bridge: PeriodBridge) -> Iterator[Finding]:
    numbers = bridge.wanted.without_weight
    if not numbers:
        return
    layers, (teams, team_ids) = find_layers(statement.setting), find_teams(book, statement.setting)
    names = []
    for number in numbers:
        if policy.quotas.method == "team":
            members = pair_up(layers, teams) == number
            names.append(team_ids[int(teams[members][0])] or "those without a team")
        else:
            members = layers == number
            names.append(str(statement.setting.territories["layer"][int(np.flatnonzero(members)[0])]) or "the layer")
        cents = int(bridge.remaining[members].sum())
        message = (
            f"No seat of {names[-1]} holds anything to share its quota of {_money(cents, book.currency)} out by; it "
            f"goes with the accounts to the others."
        )
        yield _finding("PL135", Severity.WARNING, "quotas.method", message, group=names[-1], amount_cents=cents)


def _name(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + (" …" if len(ids) > _SHOWN else "")


def _money(cents: int, currency: str) -> str:
    sign = "−" if cents < 0 else ""
    return f"{currency} {sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def _finding(code: str, severity: Severity, subject: str, message: str, **evidence: Any) -> Finding:
    return Finding(code, severity, subject, message, CODES[code].fix, evidence)
