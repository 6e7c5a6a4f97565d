"""Pushes in the background: what they come to, for their page and as a table of every record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.adapters.partial import write_whole
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Push
from evenhand.app.push.modes import Mode
from evenhand.app.push.tables import list_records, tell_difference
from evenhand.foundation.errors import InputError
from evenhand.wiring.pushing import push_plan
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.working import work_at

if TYPE_CHECKING:
    from evenhand.app.push.pushing import Pushed
    from evenhand.wiring.working import Hand

FOLDER = "pushes"


def do_push(push_id: str) -> None:
    """Take the job up if it still waits, and do it; whatever goes wrong ends up on its page."""
    work_at(Push, push_id, _work)


def find_records(push: Push) -> Path:
    """Return where the table of every record of a push is."""
    return Path(open_shelf().root) / FOLDER / f"{push.pk}.csv"


def _work(hand: Hand, job: Push) -> dict[str, Any]:
    if job.connection is None:
        raise InputError({"to": f"{job.to} isn't connected any more"})
    shelf = open_shelf()
    # A worker that takes it up after another one died goes on: what was sent is looked up, not sent again.
    pushed, _ = push_plan(
        shelf.plan(job.handoff.run.folder), shelf.handoff(job.handoff.folder), job.connection.name, Mode(job.mode),
        until=job.until, home=Path(shelf.root), again=job.again,
        on_progress=lambda what, share: hand.tell(stage=what, share=round(share, 3)),
    )  # fmt: skip
    path = find_records(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as partial:
        partial.write_bytes(list_records(pushed).write_csv().encode())
    summary = summarise(pushed)
    counts = {name: summary[name] for name in ("n", "n_to_write", "n_done", "n_no_need", "n_problems")}
    record(None, "push.ended", job, to=job.to, mode=job.mode, paused=pushed.paused, **counts)
    return {"summary": summary}


def summarise(pushed: Pushed) -> dict[str, Any]:
    """Return what came of a push as plain values."""
    difference = tell_difference(pushed)
    counts = {name: int(difference[name].sum()) for name in difference.columns if name.startswith("n")}
    return {
        **counts,
        "difference": [
            {**row, "from_on": row["from_on"].isoformat(), "until_on": row["until_on"].isoformat()}
            for row in difference.to_dicts()
        ],
        "findings": [finding.as_dict() for finding in pushed.findings],
        "stays": dict(pushed.watched),
        "n_later": pushed.n_later,
        "next_on": pushed.next_on.isoformat() if pushed.next_on else None,
        "paused": pushed.paused,
        "is_clean": pushed.is_clean,
        "n_requests": pushed.n_requests,
    }
