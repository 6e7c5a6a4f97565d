"""What a person sees of a plan under review: their team's seats, accounts, flags, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.report.figures import format_number
from evenhand.adapters.store.models import User
from evenhand.adapters.store.reviews import find_person, key_of, load_case
from evenhand.app.roles import May
from evenhand.plan.explain import MEASURE_WORDS
from evenhand.plan.quotas.lines import EXPLANATIONS, TITLES
from evenhand.review.case import Ask
from evenhand.review.permission import find_refusal
from evenhand.review.states import RULES, Action, Need, Stage
from evenhand.web.exceptions import find_notice
from evenhand.web.reading import find_directory, find_plan
from evenhand.web.reviewing import today

if TYPE_CHECKING:
    from evenhand.adapters.store.models import Review, ReviewApproval, ReviewFlag, ReviewVoice
    from evenhand.foundation.errors import Refusal
    from evenhand.review.case import Case, Person
    from evenhand.web.exceptions import ExceptionNotice
    from evenhand.web.reading import KeptPlan

_FILLED_IN = (Need.REASON, Need.KNOWN_REASON, Need.OWN_TEAM, Need.FLAG_UNANSWERED, Need.VOICE_UNANSWERED, Need.SILENT)
"""What depends on what a form will say."""
_MOST_ROWS = 400


@dataclass(frozen=True)
class Seat:
    """A territory before and after, with its quota line by line."""

    territory_id: str
    name: str
    measures: list[tuple[str, str, str, str]]
    quota: list[tuple[str, str, str]]
    opening: str
    new: str
    n_leaving: int
    n_arriving: int


@dataclass(frozen=True)
class Button:
    """An action, and what is in its way."""

    action: Action
    does: str
    refusal: Refusal | None


@dataclass(frozen=True)
class Shown:
    """A flag as a person sees it; the price is shown to those who decide and to whoever raised it."""

    row: ReviewFlag
    wants: str
    is_priced: bool
    refusal: Refusal | None
    accept_refusal: Refusal | None
    may_drop: bool


@dataclass(frozen=True)
class Seen:
    """A review as a person sees it."""

    case: Case
    person: Person
    plan: KeptPlan
    territories: frozenset[str] | None
    seats: list[Seat]
    losing: list[dict[str, Any]]
    gaining: list[dict[str, Any]]
    flags: list[Shown]
    bundle: list[tuple[str, str]]
    buttons: dict[str, Button]
    decides: bool
    approves: bool
    manages: bool
    is_rep: bool
    exception: ExceptionNotice | None
    people: dict[str, str]


def look(user: User, review: Review) -> Seen:
    """Return what somebody sees of a review."""
    case, day = load_case(review), today()
    person, plan = find_person(user, day), find_plan(review.run)
    decides = user.can(May.REVIEW_PLANS)
    approves = bool(person.offices & set(case.chain))
    seen: frozenset[str] | None = None
    if not (decides or approves):
        seen = case.teams.get(person.person_id, frozenset()) | case.reps.get(person.person_id, frozenset())
    manages = person.person_id in case.teams and case.stage is Stage.IN_REVIEW
    moves = plan.moves.drop("alternative") if seen is not None else plan.moves
    losing, gaining = [], []
    if seen is not None:
        names = sorted(seen)
        losing = moves.filter(pl.col("from_territory_id").is_in(names)).head(_MOST_ROWS).to_dicts()
        gaining = moves.filter(pl.col("to_territory_id").is_in(names)).head(_MOST_ROWS).to_dicts()
    rows = review.flags.select_related("raised_by", "answered_by")
    account_names: dict[str, str] = dict(plan.moves.select("account_id", "name").iter_rows())
    buttons = {
        action.name.lower(): Button(
            action,
            RULES[action].does,
            find_refusal(case, action, person, Ask(day, plan_hash=_hash(case, action)), skip=_FILLED_IN),
        )
        for action in Action
    }
    return Seen(
        case=case,
        person=person,
        plan=plan,
        territories=seen,
        seats=_list_seats(review, plan, seen),
        losing=losing,
        gaining=gaining,
        flags=[
            _show_flag(row, case, person, day, account_names)
            for row in rows
            if decides
            or approves
            or row.raised_by_id == user.pk
            or _is_of_team(row, plan, case.teams.get(person.person_id))
        ],
        bundle=_list_bundle(review, {str(row.pk): row.account_id for row in rows}) if decides else [],
        buttons=buttons,
        decides=decides,
        approves=approves,
        manages=manages,
        is_rep=person.person_id in case.reps and case.stage in (Stage.PUBLISHED, Stage.CLOSED),
        exception=find_notice(review.run),
        people={key_of(one): str(one) for one in User.objects.filter(is_active=True)},
    )


def list_voices(user: User, row: Review, *, decides: bool) -> list[ReviewVoice]:
    """Return what reps said, as far as it concerns somebody."""
    voices = list(row.voices.select_related("said_by", "answered_by"))
    if decides:
        return voices
    mine = set(row.cast.get("teams", {}).get(user.rep_id, ()))
    return [voice for voice in voices if voice.said_by_id == user.pk or voice.territory_id in mine]


def show_chain(row: Review, people: dict[str, str]) -> list[tuple[str, ReviewApproval | None]]:
    """Return who approves, in order, with the approval where it was given."""
    given = list(row.approvals.filter(lapsed_at=None).select_related("given_by"))
    chain = row.cast.get("chain", [])
    return [(people.get(key, key), given[n] if n < len(given) else None) for n, key in enumerate(chain)]


def _list_bundle(review: Review, accounts: dict[str, str]) -> list[tuple[str, str]]:
    """Return what flags cost together, each with the accounts that they are about."""
    if review.bundle_hash != review.plan_hash:
        return []
    return [
        (", ".join(accounts.get(key, key) for key in step["flag_ids"]), step["words"])
        for step in review.bundle.get("steps", ())
    ]


def _hash(case: Case, action: Action) -> str:
    return case.approved_hash if action is Action.PUBLISH else case.plan_hash


def _is_of_team(row: ReviewFlag, plan: KeptPlan, seen: frozenset[str] | None) -> bool:
    if not seen:
        return False
    found = plan.moves.filter(pl.col("account_id") == row.account_id)
    return bool(found.height) and bool({found["from_territory_id"][0], found["to_territory_id"][0]} & seen)


def _show_flag(row: ReviewFlag, case: Case, person: Person, day: Any, names: dict[str, str]) -> Shown:
    def ask(action: Action) -> Refusal | None:
        return find_refusal(case, action, person, Ask(day, subject=str(row.pk)), skip=(Need.REASON,))

    return Shown(
        row,
        "; ".join(say_wish(text, names) for text in row.wants),
        row.priced_hash == case.plan_hash and bool(row.price),
        ask(Action.OVERRIDE),
        ask(Action.ACCEPT),
        ask(Action.DROP_FLAG) is None,
    )


def say_wish(text: str, names: dict[str, str]) -> str:
    """Say in words what a flag wants: ``Hooli (A000016) stays``, ``A000020 goes to T07``."""
    kind, _, rest = text.partition(":")
    account, _, to = rest.partition("=")
    account = f"{names[account]} ({account})" if names.get(account) else account
    return f"{account} goes to {to}" if kind == "move" else f"{account} stays"


def _list_seats(review: Review, plan: KeptPlan, seen: frozenset[str] | None) -> list[Seat]:
    names = dict(find_directory(review.run.book).territories.select("territory_id", "name").iter_rows())
    touched = {*plan.moves["from_territory_id"].to_list(), *plan.moves["to_territory_id"].to_list()}
    chosen = sorted(touched if seen is None else seen)
    seats = []
    for territory in chosen[:_MOST_ROWS]:
        of_seat = pl.col("territory_id") == territory
        measures = [
            (MEASURE_WORDS.get(row["measure"], row["measure"]), _figure(row["before"]), _figure(row["after"]),
             row["status_after"] or "")
            for row in plan.territories.filter(of_seat, pl.col("measure") != "quota").iter_rows(named=True)
        ]  # fmt: skip
        quota = [
            (TITLES.get(line, line), _money(cents), EXPLANATIONS.get(line, ""))
            for line, cents in plan.quotas.filter(of_seat).select("line", "amount_cents").iter_rows()
            if cents or line == "opening"
        ]
        summary = plan.quota_summary.filter(of_seat)
        moves = plan.moves
        seats.append(
            Seat(
                territory,
                names.get(territory) or territory,
                measures,
                quota,
                _money(summary["opening_cents"][0]) if summary.height else "",
                _money(summary["new_cents"][0]) if summary.height else "",
                moves.filter(pl.col("from_territory_id") == territory).height,
                moves.filter(pl.col("to_territory_id") == territory).height,
            )
        )
    return seats


def _figure(value: float | None) -> str:
    return "–" if value is None else format_number(value, 0 if abs(value) >= 100 or float(value).is_integer() else 1)


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}".replace("-", "\N{MINUS SIGN}")
