"""Reading a source of records once wholly, then as it changes, so that a kill at any moment loses and doubles nothing.

Every page is kept with the token of the next one before that is asked for; the tables are made of the pages when all
are there; and the new state takes the place of the old one in a single rename. What a killed sync left is taken up by
the next one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.drift import find_drift, is_same_shape
from evenhand.app.merge_pages import merge_pages
from evenhand.app.records import CursorGoneError, Traffic
from evenhand.app.sync_state import KeptObject, KeptState, PlannedObject, SyncPlan
from evenhand.foundation.errors import Refusal
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from evenhand.app.ports import RecordSource, Step
    from evenhand.app.records import Discovery, SourceObject
    from evenhand.app.sync_state import Keep

_MOST_RESTARTS = 3
_SPARE_SHARE = 0.1
"""Of a quota; where less is left, it is said."""


@dataclass(frozen=True)
class Cadence:
    """How far back and how often.

    Attributes
    ----------
    overlap_minutes
        How much before the last sync's beginning is read again: what was being saved then has an earlier stamp than the
        moment in which it could be seen. Records read twice count once.
    sweep_days
        How often the ids are compared even where deleted records are told of: bins that were emptied tell of nothing.
    """

    overlap_minutes: float = 10.0
    sweep_days: float = 7.0


@dataclass(frozen=True)
class ObjectSynced:
    """What a sync did with an object.

    Attributes
    ----------
    how
        full, changes or kept (it could not be read, and stays as it was).
    n_read, n_deleted, n_rows
        Records read, records gone, records kept now.
    """

    name: str
    how: str
    n_read: int
    n_deleted: int
    n_rows: int


@dataclass(frozen=True)
class Synced:
    """A finished sync.

    Attributes
    ----------
    started_at
        By the system's own clock.
    changed_at
        When the last sync that changed anything began: this one, or an earlier one.
    is_changed
        Whether any record differs from the last sync.
    """

    number: int
    started_at: dt.datetime
    changed_at: dt.datetime
    is_full: bool
    is_resumed: bool
    is_changed: bool
    objects: tuple[ObjectSynced, ...]
    findings: tuple[Finding, ...]
    traffic: Traffic


def sync_records(
    source: RecordSource,
    keep: Keep,
    *,
    clock: Callable[[], dt.datetime],
    more: Mapping[str, Collection[str]] | None = None,
    is_full: bool = False,
    only_resume: bool = False,
    cadence: Cadence | None = None,
    on_progress: Step | None = None,
) -> Synced:
    """Bring what is kept of a source up to date.

    Parameters
    ----------
    clock
        This machine's, for when the sync was done; what is read goes by the source's own.
    more
        Fields that the mapping names, by object; they are read besides the usual ones, and missed where they are gone.
    is_full
        Read everything anew.
    only_resume
        Go on with an interrupted sync, and begin none.

    Raises
    ------
    SourceError
        Where the source fails; pages that came in are kept, and the next call goes on there.
    Refusal
        CN142 where there is nothing to resume.
    """
    more, cadence, tell = more or {}, cadence or Cadence(), on_progress or _silent
    state, plan = keep.state(), keep.plan()
    if plan is not None and (plan.number != state.number + 1 or (is_full and not plan.is_full)):
        keep.drop_plan()
        plan = None
    if plan is None and only_resume:
        raise Refusal("CN142", "There is no interrupted sync to resume.", "Leave --resume out.")
    tell("asking what there is", 0.0)
    started_at = source.now() if plan is None else plan.started_at
    found = source.discover(more)
    findings = [*found.findings, *_drift(state, found, more)]
    is_resumed = plan is not None
    plan = _plan(state, found, started_at, cadence, is_full=is_full) if plan is None else _revise(plan, found, keep)
    keep.write_plan(plan)
    parts = [(planned, part) for planned in plan.objects for part in planned.parts]
    for n, (planned, part) in enumerate(parts):
        findings += _read(source, keep, planned, part, partial(_tell_at, tell, 0.9 * n / len(parts)))
    tell("putting together", 0.9)
    synced, objects, is_changed = _merge(state, plan, keep)
    findings += _low_quota(source)
    changed_at = plan.started_at if is_changed or state.changed_at is None else state.changed_at
    keep.commit(KeptState(plan.number, clock(), changed_at, objects))
    tell("done", 1.0)
    return Synced(
        plan.number,
        plan.started_at,
        changed_at,
        plan.is_full,
        is_resumed,
        is_changed,
        tuple(synced),
        tuple(findings),
        source.traffic,
    )


def _silent(_what: str, _share: float) -> None:
    return


def _tell_at(tell: Step, share: float, what: str) -> None:
    tell(what, share)


def _drift(state: KeptState, found: Discovery, more: Mapping[str, Collection[str]]) -> list[Finding]:
    now = {known.name: known for known in found.objects}
    drift: list[Finding] = []
    for name, before in state.objects.items():
        if name in now:
            drift += find_drift(before, now[name], more.get(name, ()))
        else:
            drift.append(
                Finding(
                    "CN103",
                    Severity.ERROR,
                    name,
                    f"{name} was read before and can't be read now; its {before.n_rows:,} records stay as they were on "
                    f"{before.read_to:%Y-%m-%d %H:%M} UTC.",
                    "give the connection's user read access to it again",
                    {"n_rows": before.n_rows},
                )
            )
    return drift


def _plan(state: KeptState, found: Discovery, started_at: dt.datetime, cadence: Cadence, *, is_full: bool) -> SyncPlan:
    planned = tuple(_plan_object(state, known, started_at, cadence, is_full=is_full) for known in found.objects)
    return SyncPlan(state.number + 1, started_at, is_full or not state.objects, planned)


def _plan_object(
    state: KeptState, known: SourceObject, started_at: dt.datetime, cadence: Cadence, *, is_full: bool
) -> PlannedObject:
    before = state.objects.get(known.name)
    if is_full or before is None or known.stamp is None or not is_same_shape(before, known):
        return PlannedObject(known, None)
    is_due = started_at - before.swept_at >= dt.timedelta(days=cadence.sweep_days)
    since = before.read_to - dt.timedelta(minutes=cadence.overlap_minutes)
    return PlannedObject(known, since, sweep=is_due or not known.tells_deleted)


def _revise(plan: SyncPlan, found: Discovery, keep: Keep) -> SyncPlan:
    """Keep to a plan made earlier, except for objects that have another shape by now: those are read anew."""
    now = {known.name: known for known in found.objects}
    for planned in plan.objects:
        known = now.get(planned.object.name)
        if known is None:
            plan = replace(plan, objects=tuple(other for other in plan.objects if other is not planned))
        elif [(f.name, f.kind) for f in known.fields] != [(f.name, f.kind) for f in planned.object.fields]:
            for part in planned.parts:
                keep.forget_pages(part)
            plan = plan.with_object(PlannedObject(known, None))
    return plan


def _read(
    source: RecordSource, keep: Keep, planned: PlannedObject, part: str, tell: Callable[[str], None]
) -> list[Finding]:
    """Read a run of pages to its end, from where it stopped."""
    name, is_sweep = planned.object.name, part != planned.object.name
    findings: list[Finding] = []
    n_rows = 0
    for restart in range(_MOST_RESTARTS + 1):
        so_far = keep.so_far(part)
        if so_far.is_done:
            break
        try:
            tell(f"reading {name}" + (" (ids)" if is_sweep else ""))
            pages = (
                source.sweep(planned.object, resume=so_far.resume)
                if is_sweep
                else source.pages(planned.object, since=planned.since, resume=so_far.resume)
            )
            for page in pages:
                keep.add_page(part, page)
                n_rows += page.rows.height
                tell(f"reading {name}, {n_rows:,} records" + (" (ids)" if is_sweep else ""))
        except CursorGoneError:
            if restart == _MOST_RESTARTS:
                raise
            keep.forget_pages(part)
            n_rows = 0
            message = f"{name} was read from its start again: the place where reading stopped was no longer known."
            findings = [Finding("CN122", Severity.NOTE, name, message, "nothing to do")]
    return findings


def _merge(state: KeptState, plan: SyncPlan, keep: Keep) -> tuple[list[ObjectSynced], dict[str, KeptObject], bool]:
    """Make the tables to come of those kept and the pages read."""
    synced: list[ObjectSynced] = []
    objects: dict[str, KeptObject] = {}
    is_changed = False
    for planned in plan.objects:
        known = planned.object
        pages = keep.read_pages(known.name)
        n_read = sum(page.rows.height for page in pages)
        ids = None
        if planned.sweep:
            ids = pl.concat([page.rows[known.key] for page in keep.read_pages(f"{known.name}.ids")])
        old = keep.table(known.name)
        table = merge_pages(known, None if planned.since is None else old, pages, ids)
        is_same = old is not None and old.equals(table)
        is_changed = is_changed or not is_same
        keep.write_table(plan.number, known.name, None if is_same else table)
        n_gone = (
            0 if old is None else old.select(pl.col(known.key).is_in(table[known.key].implode()).not_().sum()).item()
        )
        how = "full" if planned.since is None else "changes"
        synced.append(ObjectSynced(known.name, how, n_read, n_gone, table.height))
        before = state.objects.get(known.name)
        swept_at = plan.started_at if before is None or planned.since is None or planned.sweep else before.swept_at
        others = tuple(field.name for field in known.more_fields)
        objects[known.name] = KeptObject(
            known.name, known.fields, known.key, known.stamp, plan.started_at, swept_at, table.height, others
        )
    for name, before in state.objects.items():
        if name not in objects:
            keep.write_table(plan.number, name, None)
            objects[name] = before
            synced.append(ObjectSynced(name, "kept", 0, 0, before.n_rows))
    return synced, objects, is_changed


def _low_quota(source: RecordSource) -> list[Finding]:
    quota = source.traffic.quota
    if not quota.n_allowed or quota.n_used is None or quota.n_used < (1 - _SPARE_SHARE) * quota.n_allowed:
        return []
    left = max(0, quota.n_allowed - quota.n_used)
    message = f"{source.system} has {left:,} of {quota.n_allowed:,} requests left today."
    return [
        Finding("CN131", Severity.WARNING, source.system, message, "sync less often, or at night", {"n_left": left})
    ]
