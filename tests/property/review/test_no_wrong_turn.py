"""No sequence of allowed actions brings a review where it must never be."""

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from evenhand.foundation.errors import Refusal
from evenhand.review.act import act
from evenhand.review.case import Ask, Case, Flag, FlagState, Person, Submission, Terms, Voice, VoiceKind
from evenhand.review.permission import can_act, find_refusal
from evenhand.review.states import RULES, Action, Stage, Who

TODAY = dt.date(2026, 10, 5)
PEOPLE = {
    "ops": Person("ops", frozenset({Who.REVOPS})),
    "ops2": Person("ops2", frozenset({Who.REVOPS})),
    "vp": Person("vp", frozenset({Who.LEADER})),
    "cro": Person("cro", frozenset({Who.LEADER})),
    # A leader's delegate, who also works in revenue operations: the case in which rules meet.
    "deputy": Person("deputy", frozenset({Who.REVOPS}), frozenset({"vp"})),
    "m1": Person("m1", frozenset({Who.MANAGER})),
    # A manager who also works in revenue operations.
    "m2": Person("m2", frozenset({Who.MANAGER, Who.REVOPS})),
    "r1": Person("r1", frozenset({Who.REP})),
    "outsider": Person("outsider", frozenset()),
}
TEAMS = {"m1": frozenset({"T1", "T2"}), "m2": frozenset({"T3"})}
REPS = {"r1": frozenset({"T1"})}
OF = {"A1": "T1", "A2": "T2", "A3": "T3"}


class Review(RuleBasedStateMachine):
    """Anyone tries anything, at any time; what is allowed is done."""

    @initialize(silence=st.booleans())
    def start(self, silence: bool) -> None:
        self.case = Case(Terms(("anchor account", "other"), silence_is_consent=silence))
        self.today = TODAY
        self.raised: dict[str, Flag] = {}
        self.stages = [Stage.DRAFT]
        self.n = 0
        self.seen_approved = ""
        self.approved_by: set[str] = set()

    @rule(days=st.integers(0, 4))
    def wait(self, days: int) -> None:
        self.today += dt.timedelta(days=days)

    @rule(
        who=st.sampled_from(sorted(PEOPLE)),
        action=st.sampled_from(list(Action)),
        account=st.sampled_from(sorted(OF)),
        plan=st.sampled_from(["one", "two", "three"]),
        author=st.sampled_from(["ops", "vp", "deputy"]),
        chain=st.sampled_from([("vp", "cro"), ("cro",), ("vp",), (), ("deputy", "cro")]),
        unsigned=st.sampled_from(["", "", "not signed"]),
        honours=st.booleans(),
        reason=st.sampled_from(["because", "because", " "]),
        pick=st.integers(0, 5),
        place=st.sampled_from(["", "T1", "T3"]),
        until_days=st.integers(0, 3),
    )
    def attempt(self, **said: Any) -> None:
        case, person, action = self.case, PEOPLE[said["who"]], said["action"]
        self.n += 1
        flag = voice = plan = None
        pick, today = said["pick"], self.today
        subject, plan_hash = "", case.plan_hash if said["honours"] else said["plan"]
        territory = OF[said["account"]]
        if action is Action.FLAG:
            wants = f"move:{said['account']}={said['place']}" if said["place"] else f"lock:{said['account']}"
            flag = Flag(f"F{self.n}", said["account"], "", (wants,), "other", said["reason"], today)
        if action in (Action.ASK, Action.DISPUTE, Action.ASK_TRANSFER):
            voice = Voice(f"V{self.n}", VoiceKind.DISPUTE, "", "T1", said["reason"], today)
        if action in (Action.SUBMIT, Action.REVISE):
            plan = Submission(said["plan"], said["author"], said["unsigned"], TEAMS, REPS, said["chain"])
        if action in (Action.DROP_FLAG, Action.ACCEPT, Action.OVERRIDE) and case.flags:
            subject = case.flags[pick % len(case.flags)].flag_id
        if action is Action.ANSWER and case.voices:
            subject = case.voices[pick % len(case.voices)].voice_id
        if action is Action.STAND_IN:
            subject = "m1" if pick % 2 else "m2"
        honoured = frozenset(f.flag_id for f in case.flags) if said["honours"] else frozenset()
        ask = Ask(
            today, said["reason"], plan_hash, subject, flag, voice, frozenset({territory}), honoured, plan,
            today + dt.timedelta(days=said["until_days"]),
        )  # fmt: skip
        allowed = can_act(case, action, person, ask)
        assert allowed is (find_refusal(case, action, person, ask) is None)
        try:
            after = act(case, action, person, ask)
        except Refusal:
            assert not allowed
            return
        assert allowed
        self.follow(action, person, ask, after)

    @rule(pick=st.integers(0, 5))
    def go_on(self, pick: int) -> None:
        """Do what a review would usually do next, so that its later stages are reached."""
        case, later = self.case, self.today + dt.timedelta(days=2)
        # Most of these must be refused; a rule that is missing lets one through.
        usual = Submission("one", "ops", "", TEAMS, REPS, ("vp", "cro"))
        plan = [usual, usual, replace(usual, plan_hash="two", author="vp"), replace(usual, unsigned="not signed"),
                replace(usual, author="deputy"), replace(usual, chain=("cro",))][pick]  # fmt: skip
        flag_ids = frozenset(flag.flag_id for flag in case.flags)
        steps: list[tuple[Action, str, Ask]] = []
        if case.stage is Stage.DRAFT:
            steps = [(Action.SUBMIT, "ops", Ask(self.today, honoured=flag_ids, plan=plan, until=later))]
        elif case.stage is Stage.IN_REVIEW:
            self.n += 1
            flagger, account = ("m2", "A3") if pick % 2 else ("m1", "A1")
            flag = Flag(f"F{self.n}", account, "", (f"lock:{account}",), "other", "we know them", self.today)
            if len(case.flags) < 2:
                steps.append((Action.FLAG, flagger, Ask(self.today, flag=flag, territory_ids=frozenset({OF[account]}))))
            does = [Action.OVERRIDE, Action.ACCEPT][pick % 2]
            steps += [
                (does, ["ops2", f.by][pick // 4], Ask(self.today, "so", subject=f.flag_id)) for f in case.open_flags
            ]
            steps += [(Action.CONFIRM, name, Ask(self.today, plan_hash=case.plan_hash)) for name in case.unheard]
            who = {"vp": ["vp", "deputy"][pick % 2]}.get(case.next_approver, case.next_approver)
            if who:
                steps += [(Action.APPROVE, who, Ask(self.today, plan_hash=case.plan_hash))] * 2
            if any(f.state is FlagState.ACCEPTED and not f.is_honoured for f in case.flags):
                steps.append((Action.REVISE, "ops", Ask(self.today, honoured=flag_ids, plan=usual)))
        elif case.stage is Stage.APPROVED:
            steps = [
                (Action.PUBLISH, "ops", Ask(self.today, plan_hash=case.plan_hash, until=later)),
                (Action.PUBLISH, "ops", Ask(self.today, plan_hash="tampered with", until=later)),
            ]
        elif case.stage is Stage.PUBLISHED:
            self.n += 1
            voice = Voice(f"V{self.n}", VoiceKind.DISPUTE, "", "T1", "why?", self.today)
            steps = [(Action.DISPUTE, "r1", Ask(self.today, voice=voice))]
            steps += [(Action.ANSWER, "m1", Ask(self.today, "so", subject=v.voice_id)) for v in case.voices]
            steps.append((Action.CLOSE, "ops", Ask(self.today)))
        if steps:
            action, name, ask = steps[pick % len(steps)]
            if can_act(case, action, PEOPLE[name], ask):
                self.follow(action, PEOPLE[name], ask, act(case, action, PEOPLE[name], ask))

    @invariant()
    def record_stage(self) -> None:
        event(str(self.case.stage))

    def follow(self, action: Action, person: Person, ask: Ask, after: Case) -> None:
        """Keep a record of its own of what was done."""
        if after.stage is not self.case.stage:
            assert after.stage is RULES[action].to
            self.stages.append(after.stage)
        if action is Action.FLAG:
            assert ask.flag is not None
            self.raised[ask.flag.flag_id] = ask.flag
        if action is Action.PUBLISH:
            assert ask.plan_hash == self.seen_approved
        if action is Action.APPROVE:
            self.approved_by.add(person.person_id)
            if after.stage is Stage.APPROVED:
                self.seen_approved = after.plan_hash
        if action in (Action.SUBMIT, Action.REVISE, Action.SEND_BACK, Action.REOPEN, Action.FLAG):
            self.approved_by, self.seen_approved = set(), ""
        self.case = after

    @invariant()
    def nothing_is_published_without_approval(self) -> None:
        if self.case.stage in (Stage.PUBLISHED, Stage.CLOSED):
            assert Stage.APPROVED in self.stages
            assert self.case.chain
            assert len(self.case.approvals) == len(self.case.chain)
            assert not self.case.unsigned

    @invariant()
    def nobody_approves_what_they_asked_for_or_put_forward(self) -> None:
        for approval in self.case.approvals:
            offices = PEOPLE[approval.by].offices
            assert not offices & {self.case.author, self.case.submitter}
            assert approval.step in offices
        assert {approval.by for approval in self.case.approvals} == self.approved_by

    @invariant()
    def what_was_approved_is_not_changed(self) -> None:
        if self.case.stage in (Stage.APPROVED, Stage.PUBLISHED, Stage.CLOSED):
            assert self.case.plan_hash == self.case.approved_hash == self.seen_approved
            assert {approval.plan_hash for approval in self.case.approvals} == {self.seen_approved}

    @invariant()
    def no_flag_is_lost(self) -> None:
        assert [flag.flag_id for flag in self.case.flags] == list(self.raised)
        for flag in self.case.flags:
            raised = self.raised[flag.flag_id]
            assert (flag.wants, flag.words, flag.reason) == (raised.wants, raised.words, raised.reason)
            assert flag.by
            if flag.state in (FlagState.ACCEPTED, FlagState.OVERRIDDEN):
                assert flag.answer.strip()
                assert flag.answered_by
                assert flag.answered_by != flag.by
        if self.case.stage in (Stage.APPROVED, Stage.PUBLISHED, Stage.CLOSED):
            assert not self.case.open_flags
            assert all(flag.is_honoured for flag in self.case.flags if flag.state is FlagState.ACCEPTED)

    @invariant()
    def silence_is_no_consent_unless_the_policy_says_so(self) -> None:
        if self.case.stage is Stage.APPROVED and not self.case.terms.silence_is_consent:
            assert not self.case.unheard

    @invariant()
    def nothing_leaves_the_end(self) -> None:
        ends = [stage for stage in self.stages[:-1] if stage in (Stage.CLOSED, Stage.WITHDRAWN)]
        assert not ends

    @precondition(lambda self: self.case.stage is Stage.CLOSED)
    @invariant()
    def no_dispute_is_closed_over(self) -> None:
        assert all(voice.answered_on for voice in self.case.voices if voice.kind is VoiceKind.DISPUTE)


Review.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestReview = Review.TestCase
