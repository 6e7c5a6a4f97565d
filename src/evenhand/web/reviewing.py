"""Putting a plan to the managers, and everything that is then done to it; pages and the API ask in the same words."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from evenhand.adapters.files.frozen import hash_plan_folder
from evenhand.adapters.store import reviews
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Audience, PlanRun, Review, User
from evenhand.adapters.store.sign_off import explain_unsigned
from evenhand.app.flags import want_edits
from evenhand.app.review_cast import find_cast
from evenhand.foundation.errors import InputError, Refusal
from evenhand.review.case import Ask, Flag, Submission, Voice, VoiceKind
from evenhand.review.states import Action
from evenhand.web.asking_edits import ask_edits
from evenhand.web.reading import find_directory, find_plan
from evenhand.web.requesting import firm_policy
from evenhand.wiring.deadlines import firm_days
from evenhand.wiring.pricing_flags import open_prices, plan_policy
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.tasks import price_flags

if TYPE_CHECKING:
    from evenhand.policy import Policy

VOICES = {
    Action.ASK: VoiceKind.QUESTION,
    Action.DISPUTE: VoiceKind.DISPUTE,
    Action.ASK_TRANSFER: VoiceKind.TRANSFER,
}


_CHANGE_BUNDLES = (Action.FLAG, Action.DROP_FLAG, Action.OVERRIDE)


@dataclass(frozen=True)
class Said:
    """What a form or a program says with an action.

    Attributes
    ----------
    subject
        Id of the flag, the voice or the manager it is about.
    plan_hash
        Of the plan as it was looked at.
    """

    reason: str = ""
    subject: str = ""
    plan_hash: str = ""
    account_id: str = ""
    to_territory_id: str = ""
    instead_account_id: str = ""
    instead_to_territory_id: str = ""
    flag_reason: str = ""
    evidence: str = ""
    territory_id: str = ""


def today(policy: Policy | None = None) -> dt.date:
    """Return the day in the time zone of the policy."""
    name = (policy or firm_policy()).review.time_zone
    try:
        return timezone.now().astimezone(ZoneInfo(name)).date()
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError({"review.time_zone": f"{name!r} is not a time zone such as Europe/Berlin"}) from None


def read_action(text: str) -> Action:
    """Return an action by its word.

    Raises
    ------
    InputError
        If there is no such action, or it is one that is done with a plan.
    """
    allowed = [str(action) for action in Action if action not in (Action.SUBMIT, Action.REVISE)]
    if text not in allowed:
        raise InputError({"action": f"{text[:40]!r} isn't one of {', '.join(allowed)}"})
    return Action(text)


def start_review(user: User, run: PlanRun) -> Review:
    """Put a plan to the managers.

    Raises
    ------
    Refusal
        If its policy wasn't signed before it, or nobody could approve it; nothing is kept then.
    """
    policy = plan_policy(run)
    with transaction.atomic():
        # One that was sent back goes on with the plan that was made of its own, so that its flags and answers stay.
        sent_back = Review.objects.filter(run__in=_list_ancestors(run), stage="draft").first()
        other = Review.objects.filter(run=run).exclude(stage="withdrawn").first() or sent_back
        if other is not None:
            if other.stage != "draft":
                raise Refusal("RV101", f"The plan is {other.stage} already.", "Open its review.")
            return submit(user, other, run, Action.SUBMIT)
        review = Review.objects.create(
            run=run,
            author=run.created_by,
            terms={
                "reasons": policy.review.flag_reasons,
                "silence_is_consent": policy.review.silence_is_consent,
            },
        )
        record(user, "review.started", review, plan_run=str(run.pk))
        return submit(user, review, run, Action.SUBMIT)


def submit(user: User, review: Review, run: PlanRun, action: Action) -> Review:
    """Put a plan to the managers, or in the place of the one that they have.

    Raises
    ------
    Refusal
        See `start_review`.
    """
    if not run.has_plan or run.book_id != review.run.book_id:
        raise InputError({"plan": "isn't a finished plan of the same book"})
    policy, day = plan_policy(run), today()
    plan = find_plan(run)
    touched = {*plan.moves["from_territory_id"].to_list(), *plan.moves["to_territory_id"].to_list()}
    people = list(User.objects.filter(is_active=True))
    cast = find_cast(
        find_directory(run.book),
        touched,
        policy,
        here={reviews.key_of(one) for one in people if one.role in {"leader", "revops", "manager"}},
        holders=reviews.list_holders(),
        leave_out={reviews.key_of(user), reviews.key_of(run.created_by)},
    )
    unsigned = explain_unsigned(plan.policy_hash, run.created_at) if policy.review.sign_before_plan else ""
    flags = list(review.flags.all())
    pricing = open_prices(run.folder, run.book.content_hash) if flags else None
    honoured = frozenset(str(row.pk) for row in flags if pricing is not None and pricing.is_honoured(row.wants))
    plan_hash = hash_plan_folder(open_shelf().plan(run.folder))
    author = reviews.key_of(run.created_by)
    ask = Ask(
        day,
        honoured=honoured,
        plan=Submission(plan_hash, author, unsigned, cast.teams, cast.reps, cast.chain),
        until=firm_days(policy, day).deadline(day, policy.review.flag_days),
    )
    with transaction.atomic():
        done = reviews.carry_out(review, action, user, ask, run=run)
        if PlanRun.objects.filter(pk=run.pk).exclude(audience=Audience.SHARED).update(audience=Audience.SHARED):
            record(user, "plan_run.shared", run, audience=str(Audience.SHARED), because="review")
        _price_later(done)
    return done


def solve_again(user: User, review: Review) -> PlanRun:
    """Ask for a plan that honours what was accepted; it takes the place of the one under review when it is done.

    Raises
    ------
    InputError
        If nothing was accepted that the plan doesn't do.
    ChangedMeanwhileError
        If somebody else made another plan out of this one meanwhile.
    """
    wants = [text for flag in review.flags.filter(state="accepted", is_honoured=False) for text in flag.wants]
    if not wants:
        raise InputError({"flags": "none was accepted that the plan doesn't honour already"})
    run, title = review.run, f"{review.run.title[:190]}, flags"
    return ask_edits(user, run, version=run.version, edits=wants, repair=True, title=title)


def do(user: User, review: Review, action: Action, said: Said) -> Review:
    """Do something to a plan under review.

    Raises
    ------
    Refusal
        If the person may not, or not now.
    InputError
        If what was said names what isn't there.
    """
    ask = _ask(review, action, said)
    with transaction.atomic():
        done = reviews.carry_out(review, action, user, ask)
        if action in _CHANGE_BUNDLES:
            # What was the cheapest bundle no longer is one; it is looked for anew.
            Review.objects.filter(pk=done.pk).update(bundle_hash="")
            _price_later(done)
    return done


def _list_ancestors(run: PlanRun) -> list[PlanRun]:
    found: list[PlanRun] = []
    above = run.parent
    while above is not None and above not in found:
        found.append(above)
        above = above.parent
    return found


def _ask(review: Review, action: Action, said: Said) -> Ask:
    day, policy = today(), plan_policy(review.run)
    flag = voice = None
    territories: frozenset[str] = frozenset()
    plan_hash, until = said.plan_hash, None
    if action is Action.FLAG:
        wants = want_edits(said.account_id, said.to_territory_id, said.instead_account_id, said.instead_to_territory_id)
        pricing = open_prices(review.run.folder, review.run.book.content_hash)
        pricing.read_wish("flag", wants)
        if pricing.is_honoured(wants):
            raise Refusal("RV501", "The plan does that already.", "Confirm it, or flag another account.")
        territories = places_of(review.run, said.account_id)
        flag = Flag(
            str(uuid.uuid4()), said.account_id, "", wants, said.flag_reason, said.reason.strip(), day, said.evidence
        )
    if action in VOICES:
        voice = Voice(str(uuid.uuid4()), VOICES[action], "", said.territory_id, said.reason.strip(), day)
    if action is Action.PUBLISH:
        plan_hash = hash_plan_folder(open_shelf().plan(review.run.folder))
        until = firm_days(policy, day).deadline(day, policy.review.dispute_days)
    if action is Action.REOPEN:
        until = firm_days(policy, day).deadline(day, policy.review.flag_days)
    return Ask(day, said.reason, plan_hash, said.subject, flag, voice, territories, until=until)


def places_of(run: PlanRun, account_id: str) -> frozenset[str]:
    """Return where an account is today and where the plan has it."""
    plan = find_plan(run)
    rows = plan.moves.filter(plan.moves["account_id"] == account_id)
    if rows.height:
        return frozenset((rows["from_territory_id"][0], rows["to_territory_id"][0]))
    stays = plan.assignment.filter(plan.assignment["account_id"] == account_id)
    return frozenset(stays["territory_id"].to_list())


def _price_later(review: Review) -> None:
    if review.flags.exists():
        price_flags.enqueue(str(review.pk))
