"""In whatever order things are done at the gate, nobody who gains reads of it before those who lose were talked to."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from evenhand.foundation.errors import Refusal
from evenhand.handoff.gate import GONE, HOWS, WORKSPACE, Actor, Deed, Gate, Message, Request, act, can_do, find_refusal

DAY = dt.date(2026, 10, 5)
SEATS = ("T1", "T2", "T3")
ACTORS = (Actor(keeps=True), Actor(leads=True), Actor(team=frozenset({"T1"})), Actor(), WORKSPACE)

seats = st.sampled_from(SEATS)
messages = st.lists(
    st.tuples(st.sampled_from(["losing", "gaining", "manager"]), st.frozensets(seats), st.integers(0, 3)), max_size=6
)
deeds = st.lists(
    st.tuples(
        st.sampled_from(list(Deed)),
        st.sampled_from(ACTORS),
        st.one_of(seats, st.integers(0, 5).map(lambda n: f"m{n}")),
        st.sampled_from(["", " ", "The customer asked."]),
        st.integers(0, 4),
        st.sampled_from([*HOWS, "mail", ""]),
    ),
    max_size=40,
)


def open_gate(drawn: list[tuple[str, frozenset[str], int]], vacant: frozenset[str]) -> Gate:
    listed = {
        f"m{n}": Message(f"m{n}", kind, "T9", DAY + dt.timedelta(days=days), waits)
        for n, (kind, waits, days) in enumerate(drawn)
    }
    return Gate(listed, {seat: f"Rep of {seat}" for seat in SEATS if seat not in vacant})


@given(messages, st.frozensets(seats), deeds)
def test_no_message_goes_before_the_conversations_it_waits_for(
    drawn: list[tuple[str, frozenset[str], int]],
    vacant: frozenset[str],
    done: list[tuple[Deed, Actor, str, str, int, str]],
) -> None:
    gate = open_gate(drawn, vacant)
    talked: set[str] = set()
    excused: set[str] = set()
    released = False
    for deed, actor, subject, reason, days, how in done:
        on = DAY + dt.timedelta(days=days)
        asked = Request(on, subject, reason, held_on=on, how=how)
        before = gate
        try:
            gate = act(gate, deed, actor, asked)
        except Refusal:
            assert not can_do(before, deed, actor, asked)
            continue
        if deed is Deed.LOG:
            assert how in HOWS
            talked.add(subject)
        elif deed is Deed.TAKE_BACK:
            talked.discard(subject)
        elif deed is Deed.OVERRIDE:
            assert reason.strip()
            assert actor.keeps or actor.leads
            excused.add(subject)
        elif deed is Deed.SEND:
            message = gate.messages[subject]
            assert released
            assert on >= message.send_on
            assert subject in excused or (message.waits_for - vacant) <= talked
        elif deed in (Deed.RELEASE, Deed.STOP):
            released = deed is Deed.RELEASE
    # What went with its conversations still has them logged: they can't be taken back behind it.
    for message in gate.messages.values():
        if message.standing in GONE and message.key not in excused:
            assert (message.waits_for - vacant) <= talked


@given(messages, deeds)
def test_a_message_goes_once(
    drawn: list[tuple[str, frozenset[str], int]], done: list[tuple[Deed, Actor, str, str, int, str]]
) -> None:
    gate = open_gate(drawn, frozenset())
    sent: list[str] = []
    for deed, actor, subject, reason, days, how in done:
        asked = Request(DAY + dt.timedelta(days=days), subject, reason, held_on=DAY, how=how)
        if can_do(gate, deed, actor, asked):
            gate = act(gate, deed, actor, asked)
            sent += [subject] if deed is Deed.SEND else []
    assert len(sent) == len(set(sent))


def test_the_disabled_button_says_who_is_to_be_talked_to() -> None:
    message = Message("m", "gaining", "T9", DAY, frozenset({"T1"}))
    gate = Gate({"m": message}, {"T1": "Ada"}, is_released=True, names={"T1": "North"})
    refusal = find_refusal(gate, Deed.SEND, WORKSPACE, Request(DAY, "m"))
    assert refusal is not None
    assert refusal.message == "Held until the conversation with Ada (North) is logged."
    blank = find_refusal(gate, Deed.OVERRIDE, Actor(leads=True), Request(DAY, "m"), blank=True)
    assert blank is None
    asked = find_refusal(gate, Deed.OVERRIDE, Actor(leads=True), Request(DAY, "m"))
    assert asked is not None
    assert asked.code == "HO308"
    assert find_refusal(gate, Deed.OVERRIDE, Actor(team=frozenset({"T1"})), Request(DAY, "m", "Now.")) is not None
