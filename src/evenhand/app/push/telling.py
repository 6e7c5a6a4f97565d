"""What a person has to look at after a push, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from evenhand.app.push.codes import CODES
from evenhand.app.push.standing import PROBLEMS, State
from evenhand.diagnose.wording import say_count
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from evenhand.app.push.standing import Record
    from evenhand.handoff.change_set import Write

_SHOWN = 5

_CODE = {
    State.DRIFTED: "PU101",
    State.GONE: "PU102",
    State.REFUSED: "PU103",
    State.BUSY: "PU107",
    State.WAITING: "PU108",
    State.DIFFERS: "PU109",
}
_WORDS = {
    State.DRIFTED: ("isn't what the plan took it for", "aren't what the plan took them for"),
    State.GONE: ("isn't there", "aren't there"),
    State.REFUSED: ("was refused", "were refused"),
    State.BUSY: ("was locked by others", "were locked by others"),
    State.WAITING: ("waits for another write", "wait for other writes"),
    State.DIFFERS: ("was written and reads otherwise since", "were written and read otherwise since"),
}


def tell_problems(writes: Sequence[Write], record: Record) -> tuple[Finding, ...]:
    """Return a finding for each kind of problem with each field, and for each reason that the system gave."""
    found: dict[tuple[State, str, str, str], list[Write]] = {}
    for write in writes:
        standing = record.of(write.key)
        if standing.state in PROBLEMS:
            group = (standing.state, f"{write.object}.{write.field}", standing.code, standing.fix)
            found.setdefault(group, []).append(write)
    order = {state: place for place, state in enumerate(PROBLEMS)}
    return tuple(
        _tell(group, found[group], record) for group in sorted(found, key=lambda one: (order[one[0]], *one[1:]))
    )


def _tell(group: tuple[State, str, str, str], writes: Sequence[Write], record: Record) -> Finding:
    state, subject, code, fix = group
    ids = [write.id for write in writes]
    shown = ", ".join(ids[:_SHOWN]) + (f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else "")
    said = Counter(record.of(write.key).words for write in writes).most_common(1)[0][0]
    words = f" ({code}: {said})" if code else ""
    message = f"{say_count(len(ids), 'record')} {_WORDS[state][len(ids) > 1]}{words}: {shown}"
    evidence: dict[str, Any] = {"ids": ids, "n": len(ids)}
    if state in {State.DRIFTED, State.DIFFERS}:
        evidence["values"] = {write.id: record.of(write.key).value for write in writes}
    entry = CODES[_CODE[state]]
    return Finding(entry.code, Severity.WARNING, subject, message, fix or entry.fix, evidence)


def tell_besides(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return what had to stay and didn't, a finding for each kind.

    Parameters
    ----------
    before, after
        Of `RecordTarget.watch`: kind and record with a tab between → value.
    """
    return tuple(_compare(before, after))


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Finding]:
    changed = [name for name in before if after.get(name) != before[name]]
    kinds: dict[str, list[str]] = {}
    for name in changed:
        kinds.setdefault(name.split("\t", 1)[0], []).append(name)
    for kind, names in sorted(kinds.items()):
        ids = [name.split("\t", 1)[1] for name in names]
        shown = ", ".join(ids[:_SHOWN]) + (f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else "")
        values = {name.split("\t", 1)[1]: [before[name], after.get(name)] for name in names}
        message = f"{kind}: {say_count(len(ids), 'record')} that had to stay changed: {shown}"
        yield Finding("PU203", Severity.WARNING, kind, message, CODES["PU203"].fix, {"values": values})
