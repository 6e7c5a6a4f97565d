"""Pushing a change set to a CRM: look ahead, write what is due, take it back."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evenhand.app.push.modes import Mode
from evenhand.app.push.passes import READY, Pass, Patience
from evenhand.app.push.standing import SETTLED, Record, Standing, State, read_record, write_entry
from evenhand.app.push.telling import tell_besides, tell_problems
from evenhand.app.writing import LimitSpentError
from evenhand.foundation.errors import Refusal
from evenhand.handoff.change_set import list_writes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from evenhand.app.ports import Journal, RecordTarget, Step
    from evenhand.foundation.findings import Finding
    from evenhand.handoff.change_set import Write


@dataclass(frozen=True, eq=False)
class Pushed:
    """What came of it.

    Attributes
    ----------
    writes
        Those that were due, in order.
    record
        How each stands.
    findings
        What a person has to look at.
    names
        For people, by id, of the examples.
    watched
        How many things that must stay were looked at before and after, by their kind.
    n_later, next_on
        How many writes wait for their day, and the first of these days.
    paused
        Why it stopped before its end; "" where it didn't.
    n_requests
        That it took.
    """

    system: str
    mode: Mode
    writes: tuple[Write, ...]
    record: Record
    findings: tuple[Finding, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    watched: Mapping[str, int] = field(default_factory=dict)
    n_later: int = 0
    next_on: dt.date | None = None
    paused: str = ""
    n_requests: int = 0

    def standing(self, write: Write) -> Standing:
        """Return how a write stands."""
        return self.record.of(write.key)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left for a person to look at, or to do again."""
        states = {self.standing(write).state for write in self.writes}
        is_quiet = not any(finding.code == "PU203" for finding in self.findings)
        return is_quiet and not self.paused and states <= (SETTLED | {State.NEW})


class _Nothing:
    """A journal that keeps nothing, for looking ahead."""

    def entries(self) -> Iterator[Mapping[str, Any]]:
        return iter(())

    def append(self, entries: Iterable[Mapping[str, Any]]) -> None:
        for _ in entries:
            pass

    def close(self) -> None:
        pass


def push_changes(
    target: RecordTarget,
    journal: Journal,
    changes: pl.DataFrame,
    mode: Mode,
    *,
    until: dt.date,
    now: Callable[[], dt.datetime],
    again: bool = False,
    patience: Patience | None = None,
    on_progress: Step | None = None,
) -> Pushed:
    """Do what is asked with a change set.

    Parameters
    ----------
    changes
        See `CHANGES_SCHEMA`.
    until
        Changes of later days are left for their day.
    now
        The moment, for the journal.
    again
        True to write what was taken back before.

    Raises
    ------
    Refusal
        PU105 where the plan was taken back; PU106 where there is nothing to resume or take back.
    SourceError
        If the system or the disk fails; what was done is in the journal, and the same command goes on.
    """
    record = read_record(journal.entries())
    planned = list_writes(changes, target.vendor, target.fields)
    task = _Push(target, journal, record, patience or Patience(), on_progress, now)
    if mode is Mode.BACK:
        return task.take_back()
    if mode is Mode.PREVIEW:
        return task.look_ahead(planned, until)
    if mode is Mode.RESUME and (record.n_passes == 0 or record.is_finished):
        raise Refusal("PU106", "no push of this plan is unfinished.", "Use --apply for what is due by now.")
    if mode is Mode.RESUME and record.is_back:
        return task.take_back()
    if record.was_taken_back and not again and (record.is_finished or mode is Mode.APPLY):
        raise Refusal("PU105", "this plan's changes were rolled back.", "Say --again to write them once more.")
    return task.apply(planned, until)


@dataclass
class _Push:
    target: RecordTarget
    journal: Journal
    record: Record
    patience: Patience
    on_progress: Step | None
    now: Callable[[], dt.datetime]

    def look_ahead(self, planned: Sequence[Write], until: dt.date) -> Pushed:
        due = self._due(planned, until)
        scratch = copy.copy(self.record)
        scratch.standings = dict(self.record.standings)
        open_ones = [write for write in due if not _is_settled(scratch.of(write.key))]
        Pass(self.target, _Nothing(), scratch, patience=self.patience, on_progress=self.on_progress).look_ahead(
            open_ones
        )
        for write in open_ones:
            if scratch.of(write.key) == READY:
                scratch.standings[write.key] = Standing()
        ready = [write for write in open_ones if scratch.of(write.key).state is State.NEW]
        watched = self.target.watch(ready)
        findings = (*self.target.foresee(ready), *tell_problems(open_ones, scratch))
        return self._report(Mode.PREVIEW, due, planned, until, scratch, findings, watched)

    def apply(self, planned: Sequence[Write], until: dt.date) -> Pushed:
        due = self._due(planned, until)
        open_ones = [write for write in due if not _is_settled(self.record.of(write.key))]
        # The journal keeps every write whole, so that it alone is enough to take them back.
        self._begin(open_ones, is_back=False)
        foreseen = self.target.foresee(open_ones)
        return self._run(Mode.APPLY, open_ones, due, planned, until, foreseen)

    def take_back(self) -> Pushed:
        """Take back what was written, the last first; each record only where it is still as it was written."""
        meant = sorted(self.record.writes.values(), key=lambda write: (write.on, write.order, write.id))
        mine = [write for write in meant if self._is_mine(write)]
        if not mine:
            raise Refusal("PU106", "nothing of this plan was written that could be taken back.", "")
        self._begin([write for write in mine if not self._is_back(write)], is_back=True)
        until = max(write.on for write in mine)
        return self._run(Mode.BACK, [write for write in mine if not self._is_back(write)], mine, (), until, ())

    def _run(
        self, mode: Mode, open_ones: Sequence[Write], due: Sequence[Write], planned: Sequence[Write],
        until: dt.date, foreseen: Sequence[Finding],
    ) -> Pushed:  # fmt: skip
        is_back, paused = mode is Mode.BACK, ""
        besides: tuple[Finding, ...] = ()
        kept = self.record.writes
        before, watched_keys = self.record.watched, self.record.watched_keys
        if before is None:
            before, watched_keys = self.target.watch(open_ones), tuple(write.key for write in open_ones)
            self.journal.append([{"what": "watch", "keys": watched_keys, "values": dict(before)}])
        work = Pass(self.target, self.journal, self.record, is_back, self.patience, self.on_progress)
        try:
            work.run(open_ones)
            after = self.target.watch([kept[key] for key in watched_keys])
        except LimitSpentError as error:
            paused = f"{error.message} {error.goes_on}".strip()
        else:
            besides = tell_besides(before, after)
            self.journal.append([{"what": "end", "at": self.now().isoformat()}])
            self.record.is_finished = True
        findings = (*foreseen, *tell_problems(open_ones, self.record), *besides)
        return self._report(mode, due, planned, until, self.record, findings, before, paused)

    def _begin(self, open_ones: Sequence[Write], *, is_back: bool) -> None:
        was_finished = self.record.is_finished
        new = [write for write in open_ones if write.key not in self.record.writes]
        begun = {"what": "begin", "at": self.now().isoformat(), "back": is_back, "system": self.target.system}
        self.journal.append([*map(write_entry, new), begun])
        self.record.writes.update((write.key, write) for write in new)
        self.record.is_back, self.record.is_finished = is_back, False
        self.record.n_passes += 1
        if was_finished:
            self.record.watched, self.record.watched_keys = None, ()

    def _due(self, planned: Sequence[Write], until: dt.date) -> tuple[Write, ...]:
        due = [write for write in planned if write.on <= until]
        known = {write.key for write in due}
        follow = [write for write in self.target.follow(due) if write.key not in known]
        kept = [w for w in self.record.writes.values() if w.key not in known and w.key not in {f.key for f in follow}]
        planned_keys = {write.key for write in planned}
        follow += [write for write in kept if write.key not in planned_keys and write.on <= until]
        return tuple(sorted((*due, *follow), key=lambda write: (write.on, write.order, write.id)))

    def _is_mine(self, write: Write) -> bool:
        standing = self.record.of(write.key)
        return standing.is_back or standing.state in {State.DONE, State.DIFFERS, State.MEANT}

    def _is_back(self, write: Write) -> bool:
        standing = self.record.of(write.key)
        return standing.is_back and standing.state is State.DONE

    def _report(
        self, mode: Mode, due: Sequence[Write], planned: Sequence[Write], until: dt.date, record: Record,
        findings: Sequence[Finding], watched: Mapping[str, str], paused: str = "",
    ) -> Pushed:  # fmt: skip
        later = [write for write in planned if write.on > until]
        kinds: dict[str, int] = {}
        for name in watched:
            kind = name.split("\t", 1)[0]
            kinds[kind] = kinds.get(kind, 0) + 1
        return Pushed(
            self.target.system, mode, tuple(due), record, tuple(findings), self._names(due, paused), kinds, len(later),
            min((write.on for write in later), default=None), paused, self.target.traffic.n_requests,
        )  # fmt: skip

    def _names(self, due: Sequence[Write], paused: str) -> Mapping[str, str]:
        if paused or not due:
            return {}
        shown: dict[tuple[int, str, str], list[Write]] = {}
        for write in due:
            shown.setdefault((write.order, write.object, write.field), []).append(write)
        return self.target.name([write for group in shown.values() for write in group[:N_EXAMPLES]])


N_EXAMPLES = 3
"""So many writes of each kind are shown by name."""


def _is_settled(standing: Standing) -> bool:
    return standing.state in SETTLED and not standing.is_back
