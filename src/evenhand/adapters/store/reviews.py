"""Reviews in the database: read as a case, and what somebody does written back with the event, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import (
    Delegation,
    Notice,
    Review,
    ReviewFlag,
    ReviewVoice,
    User,
)
from evenhand.review.act import act
from evenhand.review.case import Approval, Case, Confirmation, Flag, FlagState, Person, Terms, Voice, VoiceKind
from evenhand.review.chain import Delegation as Term
from evenhand.review.chain import stand_for
from evenhand.review.states import RULES, Action, Stage, Who

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from evenhand.adapters.store.models import PlanRun
    from evenhand.review.case import Ask

_ROLE = {"revops": Who.REVOPS, "leader": Who.LEADER, "manager": Who.MANAGER, "rep": Who.REP}
_URGENT = frozenset(
    {Action.SUBMIT, Action.REVISE, Action.SEND_BACK, Action.REOPEN, Action.PUBLISH, Action.STAND_IN, Action.APPROVE}
)
"""Mailed at once; the rest comes with the day's digest."""


def key_of(user: User) -> str:
    """Return how reviews know somebody: by the rep id of the books, else by the id of the person."""
    return user.rep_id or str(user.pk)


def find_person(user: User, today: dt.date) -> Person:
    """Return somebody as reviews see them today."""
    roles = {_ROLE[user.role]} if user.role in _ROLE else set()
    roles |= {Who.MANAGER} if user.rep_id else set()
    terms = [
        Term(key_of(row.of), key_of(row.to), row.starts_on, row.ends_on)
        for row in Delegation.objects.filter(to=user, ended_at=None, of__is_active=True).select_related("of", "to")
    ]
    return Person(key_of(user), frozenset(roles), stand_for(key_of(user), terms, today))


def list_holders() -> dict[str, str]:
    """Return who holds each title."""
    return {user.title: key_of(user) for user in User.objects.filter(is_active=True).exclude(title="")}


def load_case(review: Review) -> Case:
    """Read a review as a value."""
    cast, terms = review.cast, review.terms
    return Case(
        terms=Terms(
            tuple(terms.get("reasons", ())),
            bool(terms.get("silence_is_consent")),
            review.flags_until,
            review.dispute_until,
        ),
        stage=Stage(review.stage),
        plan_hash=review.plan_hash,
        author=key_of(review.author),
        submitter=key_of(review.submitter) if review.submitter else "",
        unsigned=review.unsigned,
        teams={name: frozenset(found) for name, found in cast.get("teams", {}).items()},
        reps={name: frozenset(found) for name, found in cast.get("reps", {}).items()},
        chain=tuple(cast.get("chain", ())),
        flags=tuple(_read_flag(row) for row in review.flags.select_related("raised_by", "answered_by")),
        confirmations=tuple(
            Confirmation(row.manager, key_of(row.given_by), row.on, row.plan_hash, row.reason)
            for row in review.confirmations.select_related("given_by")
        ),
        approvals=tuple(
            Approval(row.step, key_of(row.given_by), row.on, row.plan_hash)
            for row in review.approvals.filter(lapsed_at=None).select_related("given_by")
        ),
        approved_hash=review.approved_hash,
        voices=tuple(_read_voice(row) for row in review.voices.select_related("said_by", "answered_by")),
    )


def carry_out(review: Review, action: Action, user: User, ask: Ask, *, run: PlanRun | None = None) -> Review:
    """Do something to a plan under review: the change, the event and the notices, or nothing.

    Parameters
    ----------
    run
        The plan that is put to the managers or in the place of the one before.

    Raises
    ------
    Refusal
        If the person may not, or not now; nothing is written then.
    """
    with transaction.atomic():
        locked = (
            Review.objects.select_for_update(of=("self",))
            .select_related("author", "submitter", "run")
            .get(pk=review.pk)
        )
        before = load_case(locked)
        after = act(before, action, find_person(user, ask.on), ask)
        if run is not None:
            locked.run, locked.author = run, run.created_by
        if action in (Action.SUBMIT, Action.REVISE):
            locked.submitter = user
        locked.stage, locked.plan_hash, locked.approved_hash = str(after.stage), after.plan_hash, after.approved_hash
        locked.unsigned = after.unsigned
        locked.cast = {
            "teams": {name: sorted(found) for name, found in sorted(after.teams.items())},
            "reps": {name: sorted(found) for name, found in sorted(after.reps.items())},
            "chain": list(after.chain),
        }
        locked.flags_until, locked.dispute_until = after.terms.flags_until, after.terms.dispute_until
        locked.version += 1
        locked.save()
        _write_rows(locked, user, before, after)
        record(
            user, f"review.{action.replace(' ', '_')}", locked,
            before=_outline(before), after=_outline(after), about=ask.subject, reason=_reason(ask),
        )  # fmt: skip
        _tell(locked, action, user, ask, after)
    return locked


def _write_rows(review: Review, user: User, before: Case, after: Case) -> None:
    old_flags = {flag.flag_id: flag for flag in before.flags}
    for flag in after.flags:
        if flag.flag_id not in old_flags:
            ReviewFlag.objects.create(
                id=flag.flag_id, review=review, account_id=flag.account_id, wants=list(flag.wants), reason=flag.reason,
                words=flag.words, evidence=flag.evidence, raised_by=user, raised_on=flag.raised_on,
            )  # fmt: skip
        elif flag != old_flags[flag.flag_id]:
            changes: dict[str, Any] = {"state": str(flag.state), "is_honoured": flag.is_honoured}
            if flag.answered_on != old_flags[flag.flag_id].answered_on or flag.answer != old_flags[flag.flag_id].answer:
                changes |= {"answered_by": user, "answered_on": flag.answered_on, "answer": flag.answer}
            ReviewFlag.objects.filter(pk=flag.flag_id).update(**changes)
    for said in after.confirmations:
        if said not in before.confirmations:
            review.confirmations.create(
                manager=said.manager, given_by=user, on=said.on, plan_hash=said.plan_hash, reason=said.reason
            )
    if not after.approvals and before.approvals:
        review.approvals.filter(lapsed_at=None).update(lapsed_at=timezone.now())
    for given in after.approvals[len(before.approvals) :]:
        review.approvals.create(step=given.step, given_by=user, on=given.on, plan_hash=given.plan_hash)
    old_voices = {voice.voice_id: voice for voice in before.voices}
    for voice in after.voices:
        if voice.voice_id not in old_voices:
            ReviewVoice.objects.create(
                id=voice.voice_id, review=review, kind=str(voice.kind), territory_id=voice.territory_id,
                words=voice.words, said_by=user, raised_on=voice.raised_on,
            )  # fmt: skip
        elif voice != old_voices[voice.voice_id]:
            ReviewVoice.objects.filter(pk=voice.voice_id).update(
                answer=voice.answer, answered_by=user, answered_on=voice.answered_on
            )


def _tell(review: Review, action: Action, user: User, ask: Ask, after: Case) -> None:
    rule = RULES[action]
    keys: set[str] = set()
    roles: set[str] = set()
    for who in rule.tells:
        if who is Who.REVOPS:
            roles.add("revops")
        elif who is Who.MANAGER:
            voice = after.find_voice(ask.subject) or ask.voice
            keys |= {ask.subject} if action is Action.STAND_IN else _managers(after, voice)
        elif who is Who.REP:
            keys |= set(after.reps)
        elif who is Who.APPROVER:
            keys.add(after.next_approver)
        elif who is Who.SUBMITTER:
            keys.add(after.submitter)
        elif who is Who.FLAGGER:
            keys |= {flag.by for flag in after.flags if flag.flag_id == ask.subject}
        elif who is Who.SPEAKER:
            keys |= {voice.by for voice in after.voices if voice.voice_id == ask.subject}
    reason = _reason(ask)
    words = f"{user} {rule.does}: {review.run.title}." + (
        f" \N{LEFT DOUBLE QUOTATION MARK}{reason}\N{RIGHT DOUBLE QUOTATION MARK}" if reason else ""
    )
    notify(
        (u for u in User.objects.filter(is_active=True).exclude(pk=user.pk) if u.role in roles or key_of(u) in keys),
        words,
        path=f"/reviews/{review.pk}/",
        review=review,
        is_urgent=action in _URGENT,
    )


def notify(
    users: Iterable[User], words: str, *, path: str = "", review: Review | None = None, is_urgent: bool = False
) -> None:
    """Tell people something: in the app now, by mail as they are due."""
    Notice.objects.bulk_create(
        Notice(user=user, review=review, words=words, path=path, is_urgent=is_urgent) for user in users
    )


def touch(review: Review, **fields: Any) -> bool:
    """Write what was worked out for a review, if it is still at that version."""
    return bool(Review.objects.filter(pk=review.pk, version=review.version).update(**fields, version=F("version")))


def _managers(case: Case, voice: Voice | None) -> set[str]:
    if voice is None:
        return set(case.teams)
    return {manager for manager, found in case.teams.items() if voice.territory_id in found}


def _reason(ask: Ask) -> str:
    return (ask.reason or (ask.flag.words if ask.flag else "") or (ask.voice.words if ask.voice else "")).strip()


def _outline(case: Case) -> dict[str, Any]:
    return {
        "stage": str(case.stage),
        "plan_hash": case.plan_hash,
        "flags": {flag.flag_id: str(flag.state) for flag in case.flags},
        "approvals": [given.step for given in case.approvals],
        "confirmed": sorted({said.manager for said in case.confirmations if said.plan_hash == case.plan_hash}),
    }


def _read_flag(row: ReviewFlag) -> Flag:
    return Flag(
        str(row.pk), row.account_id, key_of(row.raised_by), tuple(row.wants), row.reason, row.words, row.raised_on,
        row.evidence, FlagState(row.state), row.is_honoured,
        key_of(row.answered_by) if row.answered_by else "", row.answer, row.answered_on,
    )  # fmt: skip


def _read_voice(row: ReviewVoice) -> Voice:
    return Voice(
        str(row.pk), VoiceKind(row.kind), key_of(row.said_by), row.territory_id, row.words, row.raised_on, row.answer,
        key_of(row.answered_by) if row.answered_by else "", row.answered_on,
    )  # fmt: skip
