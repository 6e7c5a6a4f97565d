"""Doing something to a plan under review: checked, then the case as it is afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.review.case import Approval, Case, Confirmation, FlagState
from evenhand.review.permission import check_act
from evenhand.review.states import RULES, Action

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from evenhand.review.case import Ask, Person


def act(case: Case, action: Action, person: Person, ask: Ask) -> Case:
    """Do something to a plan under review.

    Returns
    -------
    Case
        As it is afterwards; the given one is unchanged.

    Raises
    ------
    Refusal
        If the person may not, or not now.
    InputError
        If the action lacks what it is about.
    """
    check_act(case, action, person, ask)
    after = _DOES.get(action, _nothing)(case, person, ask)
    to = RULES[action].to
    if to is None or (action is Action.APPROVE and after.next_approver):
        return after
    return replace(after, stage=to)


def _submit(case: Case, person: Person, ask: Ask) -> Case:
    if ask.plan is None:
        raise InputError({"plan": "is missing"})
    flags = tuple(replace(flag, is_honoured=flag.flag_id in ask.honoured) for flag in case.flags)
    return replace(
        case,
        plan_hash=ask.plan.plan_hash,
        author=ask.plan.author,
        submitter=person.person_id,
        unsigned=ask.plan.unsigned,
        teams=dict(ask.plan.teams),
        reps=dict(ask.plan.reps),
        chain=ask.plan.chain,
        flags=flags,
        approvals=(),
        approved_hash="",
        terms=case.terms if ask.until is None else replace(case.terms, flags_until=ask.until),
    )


def _flag(case: Case, person: Person, ask: Ask) -> Case:
    if ask.flag is None or case.find_flag(ask.flag.flag_id) is not None or not ask.flag.wants:
        raise InputError({"flag": "is missing, asks for nothing, or is there already"})
    flag = replace(ask.flag, by=person.person_id, state=FlagState.OPEN, raised_on=ask.on)
    # Whoever approved didn't know of it.
    return replace(case, flags=(*case.flags, flag), approvals=())


def _answer_flag(state: FlagState) -> Callable[[Case, Person, Ask], Case]:
    def answer(case: Case, person: Person, ask: Ask) -> Case:
        flag = case.find_flag(ask.subject)
        if flag is None:
            raise InputError({"flag": "isn't there"})
        return case.with_flag(
            replace(flag, state=state, answered_by=person.person_id, answer=ask.reason.strip(), answered_on=ask.on)
        )

    return answer


def _confirm(case: Case, person: Person, ask: Ask) -> Case:
    said = Confirmation(person.person_id, person.person_id, ask.on, case.plan_hash)
    others = tuple(c for c in case.confirmations if (c.manager, c.plan_hash) != (said.manager, said.plan_hash))
    return replace(case, confirmations=(*others, said))


def _stand_in(case: Case, person: Person, ask: Ask) -> Case:
    said = Confirmation(ask.subject, person.person_id, ask.on, case.plan_hash, ask.reason.strip())
    return replace(case, confirmations=(*case.confirmations, said))


def _approve(case: Case, person: Person, ask: Ask) -> Case:
    given = Approval(case.next_approver, person.person_id, ask.on, case.plan_hash)
    after = replace(case, approvals=(*case.approvals, given))
    return after if after.next_approver else replace(after, approved_hash=case.plan_hash)


def _open_again(case: Case, _person: Person, ask: Ask) -> Case:
    terms = case.terms if ask.until is None else replace(case.terms, flags_until=ask.until)
    return replace(case, approvals=(), approved_hash="", terms=terms)


def _publish(case: Case, _person: Person, ask: Ask) -> Case:
    return replace(case, terms=replace(case.terms, dispute_until=ask.until or ask.on))


def _speak(case: Case, person: Person, ask: Ask) -> Case:
    if ask.voice is None or case.find_voice(ask.voice.voice_id) is not None:
        raise InputError({"words": "are missing, or there already"})
    if ask.voice.territory_id not in case.reps.get(person.person_id, frozenset()):
        raise InputError({"territory_id": "isn't one of yours that the plan touches"})
    return replace(case, voices=(*case.voices, replace(ask.voice, by=person.person_id, raised_on=ask.on)))


def _answer(case: Case, person: Person, ask: Ask) -> Case:
    voices = tuple(
        replace(v, answer=ask.reason.strip(), answered_by=person.person_id, answered_on=ask.on)
        if v.voice_id == ask.subject
        else v
        for v in case.voices
    )
    return replace(case, voices=voices)


def _nothing(case: Case, _person: Person, _ask: Ask) -> Case:
    return case


_DOES: Mapping[Action, Callable[[Case, Person, Ask], Case]] = {
    Action.SUBMIT: _submit,
    Action.FLAG: _flag,
    Action.DROP_FLAG: _answer_flag(FlagState.DROPPED),
    Action.ACCEPT: _answer_flag(FlagState.ACCEPTED),
    Action.OVERRIDE: _answer_flag(FlagState.OVERRIDDEN),
    Action.REVISE: _submit,
    Action.CONFIRM: _confirm,
    Action.STAND_IN: _stand_in,
    Action.SEND_BACK: _open_again,
    Action.APPROVE: _approve,
    Action.REOPEN: _open_again,
    Action.PUBLISH: _publish,
    Action.ASK: _speak,
    Action.DISPUTE: _speak,
    Action.ASK_TRANSFER: _speak,
    Action.ANSWER: _answer,
}
"""What actions do beside changing the stage."""
