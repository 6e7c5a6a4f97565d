"""How each write of a push stands, told from its journal alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import SourceError
from evenhand.handoff.change_set import Write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class State(StrEnum):
    """What has become of a write."""

    NEW = "new"
    MEANT = "meant"
    """About to be sent, or sent: what came of it is seen by reading."""
    DONE = "done"
    FOUND = "found"
    """Was so already; nothing was written."""
    LEFT = "left"
    """The firm doesn't use this field; nothing was written."""
    DIFFERS = "differs"
    """Was written, and reads otherwise since: something in the system changed it."""
    REFUSED = "refused"
    BUSY = "busy"
    """Locked by others each time it was tried."""
    DRIFTED = "drifted"
    """Isn't what the plan took it for; nothing was written."""
    GONE = "gone"
    """There is no such record; nothing was written."""
    WAITING = "waiting"
    """What has to come first isn't done."""


SETTLED = frozenset({State.DONE, State.FOUND, State.LEFT})
"""Nothing is left to do."""
PROBLEMS = (State.DIFFERS, State.REFUSED, State.BUSY, State.DRIFTED, State.GONE, State.WAITING)
"""What a person has to look at, the most urgent first."""


@dataclass(frozen=True)
class Standing:
    """How a write stands.

    Attributes
    ----------
    is_back
        Whether this is about taking it back.
    value
        What was found in the system when it was last looked at and wasn't as expected.
    code, words, fix
        What the system said.
    """

    state: State = State.NEW
    is_back: bool = False
    value: str | None = None
    code: str = ""
    words: str = ""
    fix: str = ""


@dataclass
class Record:
    """What a journal says.

    Attributes
    ----------
    standings
        By key of the write.
    writes
        What was meant at some time, by key: also what went along and isn't in the change set.
    watched
        The picture of what must stay, of the pass that isn't finished; None where none is.
    watched_keys
        The writes that this picture was taken for.
    is_back
        Whether the last pass took writes back.
    is_finished
        Whether the last pass came to its end.
    n_passes
        How many there were.
    """

    standings: dict[str, Standing] = field(default_factory=dict)
    writes: dict[str, Write] = field(default_factory=dict)
    watched: Mapping[str, str] | None = None
    watched_keys: tuple[str, ...] = ()
    is_back: bool = False
    is_finished: bool = True
    n_passes: int = 0

    def of(self, key: str) -> Standing:
        """Return how a write stands."""
        return self.standings.get(key, Standing())

    @property
    def was_taken_back(self) -> bool:
        """Whether the last thing done was to take writes back."""
        return self.is_back and self.n_passes > 0


def read_record(entries: Iterable[Mapping[str, Any]]) -> Record:
    """Read a journal."""
    record = Record()
    for entry in entries:
        try:
            _take(record, entry)
        except (KeyError, TypeError, ValueError) as error:
            message = f"a line of it can't be understood ({error!r}). Was it written by a later version?"
            raise SourceError("journal", message) from None
    return record


def _take(record: Record, entry: Mapping[str, Any]) -> None:
    what = entry["what"]
    if what == "state":
        record.standings[entry["key"]] = Standing(
            State(entry["state"]), bool(entry.get("back")), entry.get("value"), entry.get("code", ""),
            entry.get("words", ""), entry.get("fix", ""),
        )  # fmt: skip
    elif what == "meant":
        for key in entry["keys"]:
            record.standings[key] = Standing(State.MEANT, bool(entry.get("back")))
    elif what == "write":
        values = {**entry["write"], "on": dt.date.fromisoformat(entry["write"]["on"])}
        write = Write(**values)
        record.writes[write.key] = write
    elif what == "watch":
        record.watched, record.watched_keys = dict(entry["values"]), tuple(entry["keys"])
    elif what == "begin":
        if record.is_finished:
            record.watched, record.watched_keys = None, ()
        record.is_back, record.is_finished = bool(entry["back"]), False
        record.n_passes += 1
    elif what == "end":
        record.is_finished = True
    else:
        raise ValueError(what)


def state_entry(key: str, standing: Standing) -> dict[str, Any]:
    """Return the line that says how a write stands."""
    values = {name: value for name, value in asdict(standing).items() if value and name not in {"state", "is_back"}}
    back = {"back": True} if standing.is_back else {}
    return {"what": "state", "key": key, "state": str(standing.state), **back, **values}


def write_entry(write: Write) -> dict[str, Any]:
    """Return the line that keeps a write."""
    return {"what": "write", "write": {**asdict(write), "on": write.on.isoformat()}}
