"""Reviews of a year and alerts in the database: every change with its event, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Cycle, User, WatchAlert, WatchedBook
from evenhand.adapters.store.reviews import notify
from evenhand.diagnose.wording import say_count
from evenhand.foundation.errors import InputError, Refusal
from evenhand.measure.cycle import Stage, Step, check_date, check_step, find_next, name_cycle
from evenhand.measure.watch import TITLES, Alert, AlertState, watch

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from evenhand.adapters.store.models import Book, PlanRun, SavedSource
    from evenhand.diagnose import Trigger
    from evenhand.measure.agenda import Agenda
    from evenhand.policy import Policy

_DECIDERS = ("revops", "leader")
OPEN = (str(Stage.PLANNED), str(Stage.PREPARED))
"""Stages of a review that is still to be held."""


def find_open() -> Cycle | None:
    """Return the review that is to be held next; None where the rhythm hasn't begun."""
    return Cycle.objects.filter(stage__in=OPEN).select_related("book", "source").order_by("due_on").first()


def begin(user: User, due_on: dt.date, source: SavedSource | None, today: dt.date) -> Cycle:
    """Set the day of the first review; the others follow from it.

    Raises
    ------
    Refusal
        If the day isn't one, or a review is planned already.
    """
    check_date(today, due_on)
    with transaction.atomic():
        if find_open() is not None:
            raise Refusal("ME201", "The next review is planned already.", "Postpone it on its page.")
        return _plan(user, due_on, source)


def prepare(cycle: Cycle, book: Book, agenda: Agenda, user: User | None = None) -> bool:
    """Take a book for a review with the agenda that follows from it; False where the review went on meanwhile."""
    with transaction.atomic():
        locked = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
        if locked.stage not in OPEN:
            return False
        is_first = locked.book_id is None
        locked.stage = str(check_step(Stage(locked.stage), Step.PREPARE))
        locked.book, locked.agenda, locked.version = book, agenda.as_dict(), locked.version + 1
        locked.save()
        record(user, "cycle.prepare", locked, book=str(book.pk), suggests=agenda.suggests, minutes=agenda.minutes)
        if is_first:
            _tell(locked, f"The agenda of the review {locked.name} is ready: {agenda.headline}", but=user)
    return True


def postpone(cycle: Cycle, user: User, due_on: dt.date, reason: str, today: dt.date) -> Cycle:
    """Set another day for a review that is still to be held.

    Raises
    ------
    Refusal
        If it was held, the day isn't one, or no reason is given.
    """
    with transaction.atomic():
        locked = _lock(cycle)
        check_step(Stage(locked.stage), Step.POSTPONE, reason)
        check_date(today, due_on)
        before = locked.due_on
        locked.due_on, locked.name = due_on, name_cycle(due_on)
        locked.reminded_on, locked.version = None, locked.version + 1
        _save_day(locked)
        record(user, "cycle.postpone", locked, before=str(before), after=str(due_on), reason=reason.strip())
        _tell(locked, f"The review is on {due_on:%d %B %Y}, not on {before:%d %B}: {reason.strip()}", but=user)
    return locked


def decide(
    cycle: Cycle, user: User, step: Step, reason: str, today: dt.date, policy: Policy, next_on: dt.date | None = None
) -> Cycle:
    """Record what a review came to, and set the day of the next one.

    Parameters
    ----------
    step
        `Step.DECIDE_NO_CHANGE` or `Step.DECIDE_PLAN`.
    next_on
        None: by the policy.

    Raises
    ------
    Refusal
        If it isn't the time, no reason is given, or the next day isn't one.
    """
    with transaction.atomic():
        locked = _lock(cycle)
        stage = check_step(Stage(locked.stage), step, reason)
        following = next_on or max(find_next(locked.due_on, policy), today)
        check_date(today, following)
        locked.stage, locked.decision, locked.reason = str(stage), str(step), reason.strip()
        locked.decided_by, locked.decided_on, locked.version = user, today, locked.version + 1
        if stage is Stage.CLOSED:
            locked.closed_on = today
        locked.save()
        record(user, f"cycle.{str(step).replace(' ', '_')}", locked, reason=reason.strip(), next_on=str(following))
        _plan(user, following, locked.source)
        what = "no changes needed" if step is Step.DECIDE_NO_CHANGE else "something has to move: a plan is made"
        _tell(
            locked, f"The review {locked.name} decided: {what}. The next one is on {following:%d %B %Y}.",
            but=user, roles=("revops", "leader", "manager", "rep"),
        )  # fmt: skip
    return locked


def name_plan(cycle: Cycle, user: User, run: PlanRun) -> Cycle:
    """Name the plan that came of a review, so that its outcome is measured as that of the review."""
    with transaction.atomic():
        locked = _lock(cycle)
        check_step(Stage(locked.stage), Step.NAME_PLAN)
        locked.run, locked.version = run, locked.version + 1
        locked.save()
        record(user, "cycle.name_plan", locked, plan_run=str(run.pk))
    return locked


def close(cycle: Cycle, user: User, reason: str, today: dt.date) -> Cycle:
    """Close a review whose plan is carried out, or was given up."""
    with transaction.atomic():
        locked = _lock(cycle)
        locked.stage = str(check_step(Stage(locked.stage), Step.CLOSE, reason))
        locked.closed_on, locked.closing, locked.version = today, reason.strip(), locked.version + 1
        locked.save()
        record(user, "cycle.close", locked, reason=reason.strip())
    return locked


def take(
    cycle: Cycle,
    user: User,
    word: str,
    today: dt.date,
    policy: Policy,
    *,
    reason: str = "",
    due_on: dt.date | None = None,
    next_on: dt.date | None = None,
    run: PlanRun | None = None,
) -> Cycle:
    """Take a step by its word.

    Raises
    ------
    InputError
        If there is no such step, or what it needs isn't said.
    Refusal
        If it can't be taken now.
    """
    if word in (Step.DECIDE_NO_CHANGE, Step.DECIDE_PLAN):
        return decide(cycle, user, Step(word), reason, today, policy, next_on)
    if word == Step.POSTPONE and due_on is not None:
        return postpone(cycle, user, due_on, reason, today)
    if word == Step.NAME_PLAN and run is not None:
        return name_plan(cycle, user, run)
    if word == Step.CLOSE:
        return close(cycle, user, reason, today)
    needs = {str(Step.POSTPONE): ("due_on", "the new day"), str(Step.NAME_PLAN): ("plan", "the plan that came of it")}
    if word in needs:
        field, what = needs[word]
        raise InputError({field: f"is missing: {what}"})
    words = [str(step) for step in Step if step is not Step.PREPARE]
    raise InputError({"step": f"{word!r} is none of {', '.join(words)}"})


def remind(cycle: Cycle, today: dt.date) -> bool:
    """Remind of a review; False where another worker has."""
    with transaction.atomic():
        rows = Cycle.objects.filter(pk=cycle.pk, reminded_on=cycle.reminded_on)
        if not rows.update(reminded_on=today):
            return False
        days = (cycle.due_on - today).days
        when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
        lacks = "" if cycle.book_id else " It has no book yet."
        _tell(cycle, f"The review {cycle.name} is {when}, on {cycle.due_on:%A %d %B}.{lacks}", is_urgent=True)
    return True


def watch_book(book: Book, triggers: Iterable[Trigger], book_on: dt.date, policy: Policy) -> int | None:
    """Hold a book's triggers against the alerts, once; returns how many alarmed, None where it was done before."""
    try:
        with transaction.atomic():
            rows = {row.key: row for row in WatchAlert.objects.select_for_update().exclude(state="settled")}
            told = watch((_read(row) for row in rows.values()), triggers, book_on, policy)
            WatchedBook.objects.create(book=book, n_alarms=len(told.alarms))
            for alert in told.alerts:
                _write(alert, rows.get(alert.key), book)
            if told.alarms:
                alarmed = [alert for alert in told.alerts if alert.key in told.alarms]
                record(None, "alerts.raised", book, keys=list(told.alarms))
                causes = sorted({TITLES.get(alert.trigger, alert.trigger).lower() for alert in alarmed})
                _tell(
                    None,
                    f"{say_count(len(alarmed), 'alert')} by the book of {book_on}: {', '.join(causes)}.",
                    path="/alerts/",
                )
    except IntegrityError:
        return None
    return len(told.alarms)


def snooze(alert: WatchAlert, user: User, until: dt.date, reason: str, today: dt.date) -> WatchAlert:
    """Keep an alert quiet until a day.

    Raises
    ------
    Refusal
        If it is settled, no reason is given, or the day isn't to come.
    """
    if not reason.strip():
        raise Refusal("ME202", "The reason is missing.", "Say why this can wait.")
    if until <= today:
        raise Refusal("ME203", f"{until} is past.", "Give a day to come.")
    with transaction.atomic():
        locked = WatchAlert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
        if locked.state == str(AlertState.SETTLED):
            raise Refusal("ME201", "The alert is settled: the newest book doesn't have its cause any more.", "")
        locked.state, locked.snoozed_until = str(AlertState.SNOOZED), until
        locked.reason, locked.snoozed_by = reason.strip(), user
        locked.save()
        record(user, "alert.snooze", locked, until=str(until), reason=reason.strip(), about=locked.key)
    return locked


def _plan(user: User, due_on: dt.date, source: SavedSource | None) -> Cycle:
    cycle = Cycle(name=name_cycle(due_on), due_on=due_on, source=source, created_by=user)
    _save_day(cycle)
    record(user, "cycle.planned", cycle, due_on=str(due_on))
    return cycle


def _save_day(cycle: Cycle) -> None:
    try:
        with transaction.atomic():
            cycle.save()
    except IntegrityError:
        raise Refusal("ME203", f"There is a review on {cycle.due_on} already.", "Choose another day.") from None


def _lock(cycle: Cycle) -> Cycle:
    return Cycle.objects.select_for_update(of=("self",)).select_related("source").get(pk=cycle.pk)


def _tell(
    cycle: Cycle | None,
    words: str,
    *,
    but: User | None = None,
    roles: tuple[str, ...] = _DECIDERS,
    path: str = "",
    is_urgent: bool = False,
) -> None:
    people = User.objects.filter(is_active=True, role__in=roles)
    whole = people.filter(role__in=_DECIDERS)
    told = [person for person in whole if but is None or person.pk != but.pk]
    notify(told, words, path=path or (f"/cycles/{cycle.pk}/" if cycle else ""), is_urgent=is_urgent)
    # Others are told the dates that concern them, where they can read them.
    notify(people.exclude(role__in=_DECIDERS), words, path="/year/", is_urgent=is_urgent)


def _read(row: WatchAlert) -> Alert:
    return Alert(
        row.key, row.trigger, tuple(row.subject_ids), AlertState(row.state), row.message, row.value, row.now,
        row.first_on, row.alarmed_on, row.seen_on, row.snoozed_until, row.reason,
    )  # fmt: skip


def _write(alert: Alert, row: WatchAlert | None, book: Book) -> None:
    fields: dict[str, Any] = {
        "trigger": alert.trigger, "subject_ids": list(alert.subject_ids), "state": str(alert.state),
        "message": alert.message, "value": alert.value, "now": alert.now, "first_on": alert.first_on,
        "alarmed_on": alert.alarmed_on, "seen_on": alert.seen_on, "snoozed_until": alert.snoozed_until,
        "reason": alert.reason,
    }  # fmt: skip
    if row is None:
        WatchAlert.objects.create(key=alert.key, book=book, **fields)
    else:
        WatchAlert.objects.filter(pk=row.pk).update(book=book, **fields)
