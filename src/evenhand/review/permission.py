"""Whether somebody may do something to a plan under review: one answer for the button and for the refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.errors import Refusal
from evenhand.review.case import FlagState, VoiceKind
from evenhand.review.codes import CODES
from evenhand.review.states import RULES, Action, Need, Stage, Who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from evenhand.review.case import Ask, Case, Person


def can_act(case: Case, action: Action, person: Person, ask: Ask) -> bool:
    """Say whether somebody may do it now."""
    return find_refusal(case, action, person, ask) is None


def check_act(case: Case, action: Action, person: Person, ask: Ask) -> None:
    """Refuse what somebody may not do now.

    Raises
    ------
    Refusal
        With the sentence that the disabled button shows.
    """
    refusal = find_refusal(case, action, person, ask)
    if refusal is not None:
        raise refusal


def find_refusal(case: Case, action: Action, person: Person, ask: Ask, *, skip: Iterable[Need] = ()) -> Refusal | None:
    """Say what is in the way of an action; None where nothing is.

    Parameters
    ----------
    skip
        What is not known before the form is filled in, so that a button isn't disabled for it.
    """
    rule = RULES[action]
    if case.stage not in rule.stages:
        return _refuse("RV101", f"The plan is {case.stage}; to {action} it has to be {_or(rule.stages)}.")
    if not any(_is(case, person, who, ask) for who in rule.who):
        return _refuse("RV102", f"To {action} is for {_or(rule.who)}.")
    skipped = set(skip)
    for need in rule.needs:
        if need not in skipped:
            said = NEEDS[need](case, person, ask)
            if said:
                return _refuse(CODE_OF_NEED[need], said)
    return None


def _is(case: Case, person: Person, who: Who, ask: Ask) -> bool:
    """Say whether somebody is what a rule asks for."""
    if who is Who.MANAGER:
        return who in person.roles and person.person_id in case.teams
    if who is Who.REP:
        return person.person_id in case.reps
    if who is Who.SUBMITTER:
        return person.person_id == case.submitter
    if who is Who.APPROVER:
        return case.next_approver in person.offices
    if who is Who.FLAGGER:
        flag = case.find_flag(ask.subject)
        return flag is not None and flag.by == person.person_id
    return who in person.roles


def _reason(_case: Case, _person: Person, ask: Ask) -> str:
    said = ask.flag.words if ask.flag else ask.voice.words if ask.voice else ask.reason
    return "" if said.strip() else "Say why, in a sentence that the others will read."


def _policy_signed(case: Case, _person: Person, ask: Ask) -> str:
    return ask.plan.unsigned if ask.plan else case.unsigned


def _has_approver(case: Case, person: Person, ask: Ask) -> str:
    chain = ask.plan.chain if ask.plan else case.chain
    author = ask.plan.author if ask.plan else case.author
    if not chain:
        return "Nobody here is above all the teams that the plan touches, and no approver of the policy is here."
    if {author, person.person_id} & set(chain):
        return "The plan would be approved by someone who asked for it or put it forward."
    return ""


def _flags_honoured(case: Case, _person: Person, ask: Ask) -> str:
    honoured = ask.honoured if ask.plan else {flag.flag_id for flag in case.flags if flag.is_honoured}
    left = [flag.account_id for flag in case.flags if flag.state is FlagState.ACCEPTED and flag.flag_id not in honoured]
    return f"The plan doesn't do yet what was accepted for {_and(left)}; make a plan that does." if left else ""


def _same_plan(case: Case, _person: Person, ask: Ask) -> str:
    return "" if ask.plan_hash == case.plan_hash else "The plan was replaced since you looked at it; look again."


def _flags_open(case: Case, _person: Person, ask: Ask) -> str:
    until = case.terms.flags_until
    return f"The time for flags ended on {until}." if until is not None and ask.on > until else ""


def _known_reason(case: Case, _person: Person, ask: Ask) -> str:
    if ask.flag is None or ask.flag.reason in case.terms.reasons:
        return ""
    return f"{ask.flag.reason!r} is none of the policy's reasons: {', '.join(case.terms.reasons)}."


def _own_team(case: Case, person: Person, ask: Ask) -> str:
    if Who.REVOPS in person.roles and ask.flag is None:
        return ""
    voice = case.find_voice(ask.subject)
    territories = ask.territory_ids | ({voice.territory_id} if voice else set())
    return "" if territories & case.teams.get(person.person_id, frozenset()) else "It is about another team."


def _flag_unanswered(case: Case, _person: Person, ask: Ask) -> str:
    flag = case.find_flag(ask.subject)
    if flag is None:
        return "There is no such flag."
    return "" if flag.state is FlagState.OPEN else f"The flag is {flag.state} already."


def _flag_honourable(case: Case, _person: Person, ask: Ask) -> str:
    flag = case.find_flag(ask.subject)
    wanted = {} if flag is None else dict(_places(flag.wants))
    for other in case.flags:
        if flag is None or other.state is not FlagState.ACCEPTED:
            continue
        for account, place in _places(other.wants):
            if wanted.get(account, place) != place:
                return f"The flag of {other.account_id} that was accepted wants the contrary for {account}."
    return ""


def _places(wants: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield account and place of edits as text; a lock's place is empty."""
    for text in wants:
        account, _, to = text.partition(":")[2].partition("=")
        yield account, to


def _not_own_flag(case: Case, person: Person, ask: Ask) -> str:
    flag = case.find_flag(ask.subject)
    own = flag is not None and flag.by in person.offices
    return "You raised this flag; somebody else answers it." if own else ""


def _flags_answered(case: Case, _person: Person, _ask: Ask) -> str:
    left = [flag.account_id for flag in case.open_flags]
    return f"The flag of {_and(left)} has no answer yet." if left else ""


def _managers_heard(case: Case, _person: Person, ask: Ask) -> str:
    left = case.unheard
    if not left:
        return ""
    until = case.terms.flags_until
    is_over = until is not None and ask.on > until
    if is_over and case.terms.silence_is_consent:
        return ""
    managers = "1 manager has" if len(left) == 1 else f"{len(left)} managers have"
    if is_over:
        return f"{managers} not answered in time, and silence isn't consent; a leader answers for them, with a reason."
    return f"{managers} not answered yet" + (f"; they have time until {until}." if until else ".")


def _silent(case: Case, person: Person, ask: Ask) -> str:
    until = case.terms.flags_until
    if ask.subject not in case.unheard:
        return "The manager has answered, or has nothing to answer."
    if ask.subject in person.offices:
        return "Answer for yourself: confirm, or flag."
    return f"The manager has time until {until}." if until is not None and ask.on <= until else ""


def _not_own_request(case: Case, person: Person, _ask: Ask) -> str:
    own = {case.author, case.submitter} & person.offices
    return "You asked for this plan or put it forward; somebody else approves it." if own else ""


def _frozen(case: Case, _person: Person, ask: Ask) -> str:
    same = case.approved_hash and ask.plan_hash == case.approved_hash == case.plan_hash
    return "" if same else "The plan isn't the one that was approved; open the review again."


def _disputes_open(case: Case, _person: Person, ask: Ask) -> str:
    until = case.terms.dispute_until
    return "" if until is not None and ask.on <= until else f"The time for disputes ended on {until}."


def _disputes_over(case: Case, _person: Person, ask: Ask) -> str:
    until = case.terms.dispute_until
    return f"Reps may dispute until {until}." if until is not None and ask.on <= until else ""


def _voices_answered(case: Case, _person: Person, _ask: Ask) -> str:
    left = [v.territory_id for v in case.voices if v.kind is VoiceKind.DISPUTE and v.answered_on is None]
    return f"The dispute about {_and(left)} has no answer yet." if left else ""


def _voice_unanswered(case: Case, _person: Person, ask: Ask) -> str:
    voice = case.find_voice(ask.subject)
    if voice is None:
        return "There is nothing to answer."
    return "" if voice.answered_on is None else "It has an answer already."


def _not_own_voice(case: Case, person: Person, ask: Ask) -> str:
    voice = case.find_voice(ask.subject)
    own = voice is not None and voice.by in person.offices
    return "You said this yourself; somebody else answers." if own else ""


NEEDS: Mapping[Need, Callable[[Case, Person, Ask], str]] = {
    Need.REASON: _reason,
    Need.POLICY_SIGNED: _policy_signed,
    Need.HAS_APPROVER: _has_approver,
    Need.SAME_PLAN: _same_plan,
    Need.FLAGS_OPEN: _flags_open,
    Need.KNOWN_REASON: _known_reason,
    Need.OWN_TEAM: _own_team,
    Need.FLAG_UNANSWERED: _flag_unanswered,
    Need.FLAG_HONOURABLE: _flag_honourable,
    Need.NOT_OWN_FLAG: _not_own_flag,
    Need.FLAGS_ANSWERED: _flags_answered,
    Need.FLAGS_HONOURED: _flags_honoured,
    Need.MANAGERS_HEARD: _managers_heard,
    Need.SILENT: _silent,
    Need.NOT_OWN_REQUEST: _not_own_request,
    Need.FROZEN: _frozen,
    Need.DISPUTES_OPEN: _disputes_open,
    Need.DISPUTES_OVER: _disputes_over,
    Need.VOICES_ANSWERED: _voices_answered,
    Need.VOICE_UNANSWERED: _voice_unanswered,
    Need.NOT_OWN_VOICE: _not_own_voice,
}
"""What is said where a need isn't met; nothing where it is."""

CODE_OF_NEED: Mapping[Need, str] = {
    Need.REASON: "RV103",
    Need.POLICY_SIGNED: "RV104",
    Need.HAS_APPROVER: "RV105",
    Need.SAME_PLAN: "RV106",
    Need.FLAGS_OPEN: "RV107",
    Need.KNOWN_REASON: "RV108",
    Need.OWN_TEAM: "RV109",
    Need.FLAG_UNANSWERED: "RV110",
    Need.FLAG_HONOURABLE: "RV111",
    Need.NOT_OWN_FLAG: "RV112",
    Need.FLAGS_ANSWERED: "RV113",
    Need.FLAGS_HONOURED: "RV114",
    Need.MANAGERS_HEARD: "RV115",
    Need.SILENT: "RV116",
    Need.NOT_OWN_REQUEST: "RV117",
    Need.FROZEN: "RV118",
    Need.DISPUTES_OPEN: "RV119",
    Need.DISPUTES_OVER: "RV120",
    Need.VOICES_ANSWERED: "RV121",
    Need.VOICE_UNANSWERED: "RV122",
    Need.NOT_OWN_VOICE: "RV123",
}
"""The code of each refusal."""


def _refuse(code: str, message: str) -> Refusal:
    return Refusal(code, message, CODES[code].fix)


def _or(items: Iterable[Stage | Who]) -> str:
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _and(items: list[str]) -> str:
    return items[0] + (f" and {len(items) - 1} more" if len(items) > 1 else "")
