"""One pass over the writes that are due: look, write, read back; forwards, or back to what was there before."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from evenhand.app.push.standing import SETTLED, Record, Standing, State, state_entry
from evenhand.app.push.words import say_kind
from evenhand.app.writing import Answered, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from evenhand.app.ports import Journal, RecordTarget, Step
    from evenhand.handoff.change_set import Write


READY = Standing(State.DONE, words="ready")
"""What a look ahead takes a write for that can be made."""


@dataclass(frozen=True)
class Patience:
    """How often a locked record is tried, and how long is waited.

    Attributes
    ----------
    n_attempts
        For each record in a pass.
    first_wait_seconds, longest_wait_seconds
        The upper end of the first wait, which doubles each time, and where that ends.
    window
        So many records are looked at before their writes begin, and read back after them.
    """

    n_attempts: int = 6
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 30.0
    window: int = 2000
    sleep: Callable[[float], None] = time.sleep
    random_share: Callable[[], float] = random.random

    def wait(self, attempt: int) -> None:
        """Wait before another attempt, with full jitter."""
        most = min(self.longest_wait_seconds, self.first_wait_seconds * 2.0 ** (attempt - 1))
        self.sleep(most * self.random_share())


@dataclass(frozen=True)
class _Task:
    """A write as it is sent, and the key of the write in the change set that it is about."""

    write: Write
    key: str
    needs: str


@dataclass
class Pass:
    """A pass over writes; see `run`.

    Attributes
    ----------
    is_back
        True to take writes back.
    """

    target: RecordTarget
    journal: Journal
    record: Record
    is_back: bool = False
    patience: Patience = field(default_factory=Patience)
    on_progress: Step | None = None
    _words: dict[str, Answered] = field(default_factory=dict)

    def run(self, writes: Sequence[Write]) -> None:
        """Make the writes, in their order; or take them back, in the reverse one.

        Each write is announced in the journal before it is sent, and what came of it is kept there before the next
        one is. Where nobody knows what came of it, the record is read; nothing is ever sent again that may have been
        done.
        """
        for window in self._windows(writes):
            self._do(window)

    def look_ahead(self, writes: Sequence[Write]) -> None:
        """See how each write stands and take for done what can be made; with a journal that keeps nothing."""
        for window in self._windows(writes):
            for task in self._look(window):
                self.record.standings[task.key] = READY

    def _windows(self, writes: Sequence[Write]) -> Iterator[list[_Task]]:
        tasks = self._turn_round(writes) if self.is_back else [_Task(write, write.key, write.needs) for write in writes]
        for n_done, window in _cut(tasks, self.patience.window):
            if self.on_progress is not None:
                write = window[0].write
                self.on_progress(f"{say_kind(write)}, {write.on}", n_done / len(tasks))
            yield window

    def _turn_round(self, writes: Sequence[Write]) -> list[_Task]:
        """Return the tasks that lead back, the last first: the old place is joined before the new one is left."""
        follows = {write.needs: write.key for write in writes if write.needs}
        return [
            _Task(
                replace(write, before=write.after, after=write.before, needs="", is_optional=False),
                write.key,
                follows.get(write.key, ""),
            )
            for write in reversed(writes)
        ]

    def _do(self, window: list[_Task]) -> None:
        ready = self._look(window)
        for _, alike in groupby(ready, key=lambda task: (task.write.object, task.write.field)):
            self._send_all(list(alike))
        self._read_back([task for task in window if self._state(task) is State.DONE])

    # -- looking ----------------------------------------------------------------------------------------------------

    def _look(self, tasks: Sequence[_Task]) -> list[_Task]:
        """Read the records, keep what stands in the way, and return what can be written."""
        present = self._read(tasks)
        judged = [(task, self._judge(task, present)) for task in tasks]
        self._keep((task, standing) for task, standing in judged if standing is not None)
        return [task for task, standing in judged if standing is None]

    def _judge(self, task: _Task, present: Mapping[str, Mapping[str, str | None]]) -> Standing | None:
        """Return how a write stands by what is there now; None where it can be made."""
        write, known = task.write, self.record.of(task.key)
        row = present.get(_place(write))
        if row is None:
            return Standing(State.GONE, self.is_back)
        value = row.get(write.field)
        was_meant = known.state is State.MEANT and known.is_back == self.is_back
        if value == write.after:
            # Once sent, it counts as ours and is taken back with the rest; else it was so already.
            return Standing(State.DONE if was_meant or self.is_back else State.FOUND, self.is_back)
        if known.state is State.DIFFERS and not self.is_back:
            return replace(known, value=value)
        if value != write.before:
            is_unused = write.is_optional and value is None
            return Standing(State.LEFT) if is_unused else Standing(State.DRIFTED, self.is_back, value)
        is_early = task.needs != "" and not self._may_follow(task.needs)
        return Standing(State.WAITING, self.is_back) if is_early else None

    def _may_follow(self, needed: str) -> bool:
        standing = self.record.of(needed)
        if self.is_back:
            return (standing.is_back and standing.state is State.DONE) or (
                not standing.is_back and standing.state not in {State.DONE, State.DIFFERS, State.MEANT}
            )
        return standing.state in SETTLED and not standing.is_back

    def _read(self, tasks: Iterable[_Task]) -> dict[str, Mapping[str, str | None]]:
        present: dict[str, Mapping[str, str | None]] = {}
        for kind, alike in _by_object(task.write for task in tasks).items():
            fields = sorted({write.field for write in alike})
            ids = list(dict.fromkeys(write.id for write in alike))
            rows = self.target.read(kind, ids, fields)
            present |= {f"{kind}\t{record_id}": row for record_id, row in rows.items()}
        return present

    # -- writing ----------------------------------------------------------------------------------------------------

    def _send_all(self, tasks: list[_Task]) -> None:
        """Send writes of one object and field until each is answered for good, or patience ends."""
        of_key = {task.write.key: task for task in tasks}
        waiting = tasks
        for attempt in range(1, self.patience.n_attempts + 1):
            again: list[_Task] = []
            for batch in self.target.batches([task.write for task in waiting]):
                again += self._send([of_key[write.key] for write in batch])
            if not again:
                return
            if attempt < self.patience.n_attempts:
                self.patience.wait(attempt)
            # What may have been done is looked at, and only what surely wasn't is sent again.
            waiting = self._look(again)
            if not waiting:
                return
        self._keep((task, self._busy(task)) for task in waiting)

    def _send(self, tasks: Sequence[_Task]) -> list[_Task]:
        """Send one batch and return what isn't answered for good."""
        self._mean(tasks)
        answers = self.target.write([task.write for task in tasks])
        again, kept = [], []
        for task, answer in zip(tasks, answers, strict=True):
            if answer.said is Said.DONE:
                kept.append((task, Standing(State.DONE, self.is_back)))
            elif answer.said is Said.REFUSED:
                kept.append((task, _standing(State.REFUSED, answer, is_back=self.is_back)))
            else:
                again.append(task)
                self._words[task.key] = answer
        self._keep(kept)
        return again

    def _read_back(self, tasks: Sequence[_Task]) -> None:
        """See that what was written is there."""
        present = self._read(tasks)
        kept = []
        for task in tasks:
            row = present.get(_place(task.write))
            value = None if row is None else row.get(task.write.field)
            if row is None or value != task.write.after:
                kept.append((task, Standing(State.DIFFERS, self.is_back, value)))
        self._keep(kept)

    # -- keeping ----------------------------------------------------------------------------------------------------

    def _busy(self, task: _Task) -> Standing:
        return _standing(State.BUSY, self._words.get(task.key, Answered(Said.BUSY)), is_back=self.is_back)

    def _mean(self, tasks: Sequence[_Task]) -> None:
        keys = [task.key for task in tasks]
        self.journal.append([{"what": "meant", "keys": keys, **({"back": True} if self.is_back else {})}])
        for key in keys:
            self.record.standings[key] = Standing(State.MEANT, self.is_back)

    def _keep(self, found: Iterable[tuple[_Task, Standing]]) -> None:
        found = list(found)
        self.journal.append(state_entry(task.key, standing) for task, standing in found)
        self.record.standings.update((task.key, standing) for task, standing in found)

    def _state(self, task: _Task) -> State:
        return self.record.of(task.key).state


def _standing(state: State, answer: Answered, *, is_back: bool) -> Standing:
    return Standing(state, is_back, None, answer.code, answer.words, answer.fix)


def _place(write: Write) -> str:
    return f"{write.object}\t{write.id}"


def _by_object(writes: Iterable[Write]) -> dict[str, list[Write]]:
    found: dict[str, list[Write]] = {}
    for write in writes:
        found.setdefault(write.object, []).append(write)
    return found


def _cut(tasks: list[_Task], size: int) -> Iterator[tuple[int, list[_Task]]]:
    """Cut tasks where the day or the order changes, and where there are too many; with how many came before."""
    n_before = 0
    for _, group in groupby(tasks, key=lambda task: (task.write.on, task.write.order)):
        alike = list(group)
        for start in range(0, len(alike), size):
            window = alike[start : start + size]
            yield n_before, window
            n_before += len(window)
