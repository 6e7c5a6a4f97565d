"""Notices by mail: what is urgent as soon as it isn't quiet, the rest once a day; and reminders of deadlines."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from evenhand.adapters.store.models import Notice, Review, User
from evenhand.adapters.store.reviews import key_of, load_case, notify
from evenhand.app.policies import load_policy
from evenhand.foundation.errors import InputError
from evenhand.foundation.working_days import WorkingDays
from evenhand.review.calendar import Quiet, is_reminder_due
from evenhand.review.states import Stage
from evenhand.wiring.container import connect_outside
from evenhand.wiring.deadlines import firm_days
from evenhand.wiring.local_time import to_local
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evenhand.policy import Policy

_log = logging.getLogger("evenhand.worker")
_MOST_FAILURES = 5
_DIGEST_PAUSE_HOURS = 20
_SUBJECT_LENGTH = 120


def do_rounds(now: dt.datetime | None = None) -> int:
    """Remind those whose time is running out, and mail what is due; returns how many mails went out."""
    policy = load_policy(connect_outside(), open_shelf().policy)
    here = to_local(policy, now or timezone.now())
    remind(policy, here.date())
    return send_due(policy, here)


def remind(policy: Policy, today: dt.date) -> None:
    """Remind managers who have yet to answer, and those who answer flags and disputes, as the policy says."""
    reviews = Review.objects.filter(stage__in=(str(Stage.IN_REVIEW), str(Stage.PUBLISHED))).exclude(reminded_on=today)
    working = _read_days(policy, today)
    for review in reviews.select_related("run", "author", "submitter"):
        with transaction.atomic():
            mine = Review.objects.filter(pk=review.pk).exclude(reminded_on=today).update(reminded_on=today)
            if mine:
                _remind_of(review, policy, today, working)


def _read_days(policy: Policy, today: dt.date) -> WorkingDays:
    """Return the firm's working days; weekends alone where its holidays can't be read, so that reminders go on."""
    try:
        return firm_days(policy, today)
    except InputError as error:
        _log.warning("reminders know no holidays", extra={"problems": error.problems})
        return WorkingDays()


def _remind_of(review: Review, policy: Policy, today: dt.date, working: WorkingDays) -> None:
    days, case, path = policy.review.reminder_days, load_case(review), f"/reviews/{review.pk}/"
    until = review.flags_until
    if case.stage is Stage.IN_REVIEW and until is not None and is_reminder_due(today, until, days, working):
        silent = [user for user in User.objects.filter(is_active=True) if key_of(user) in case.unheard]
        words = f"You have until {until:%A %d %B} to flag or confirm your team's part of {review.run.title}."
        notify(silent, words, path=path, review=review, is_urgent=True)
    waiting = [("flag", flag.raised_on) for flag in case.open_flags]
    waiting += [(str(voice.kind), voice.raised_on) for voice in case.voices if voice.answered_on is None]
    due = [
        kind
        for kind, raised in waiting
        if is_reminder_due(today, working.deadline(raised, policy.review.answer_days), days, working)
    ]
    if due:
        words = f"{len(due)} of {review.run.title} wait for an answer: {', '.join(sorted(set(due)))}."
        notify(User.objects.filter(is_active=True, role="revops"), words, path=path, review=review, is_urgent=True)


def send_due(policy: Policy, here: dt.datetime) -> int:
    """Mail what is due at a moment in the policy's time zone."""
    said = policy.review
    if Quiet(said.quiet_from_hour, said.quiet_to_hour, said.quiet_weekends).holds_at(here):
        return 0
    waiting = Notice.objects.filter(mailed_at=None, n_mail_failures__lt=_MOST_FAILURES, user__is_active=True)
    n_sent = 0
    by_user: defaultdict[User, list[Notice]] = defaultdict(list)
    for notice in waiting.filter(is_urgent=True).select_related("user").order_by("id")[:500]:
        n_sent += _mail(notice.user, [notice], notice.words)
    if here.hour >= said.digest_hour:
        for notice in waiting.filter(is_urgent=False).select_related("user").order_by("id")[:2000]:
            by_user[notice.user].append(notice)
        since = here - dt.timedelta(hours=_DIGEST_PAUSE_HOURS)
        for user, notices in by_user.items():
            if not user.notices.filter(is_urgent=False, mailed_at__gt=since).exists():
                n_sent += _mail(
                    user, notices, f"{len(notices)} news in Evenhand" if len(notices) > 1 else notices[0].words
                )
    return n_sent


def _mail(user: User, notices: Iterable[Notice], subject: str) -> bool:
    """Mail notices once: they are marked before they go, and unmarked where the mail server doesn't take them."""
    ids = [notice.pk for notice in notices]
    if not Notice.objects.filter(pk__in=ids, mailed_at=None).update(mailed_at=timezone.now()):
        return False
    lines = [f"{notice.words}\n{settings.EVENHAND_URL}{notice.path}" for notice in notices]
    one_line = " ".join(subject.split())
    try:
        send_mail(
            subject=one_line if len(one_line) <= _SUBJECT_LENGTH else f"{one_line[: _SUBJECT_LENGTH - 1]}…",
            message="\n\n".join(lines) + "\n",
            from_email=None,
            recipient_list=[user.email],
        )
    except (OSError, SMTPException):
        Notice.objects.filter(pk__in=ids).update(mailed_at=None, n_mail_failures=F("n_mail_failures") + 1)
        _log.warning("a mail couldn't be sent", extra={"notices": len(ids)})
        return False
    return True
