"""Sending what is due of the handoffs: in the order of the gate, once, in working hours."""

from __future__ import annotations

import base64
import datetime as dt
import logging
import re
from typing import TYPE_CHECKING

from django.utils import timezone

from evenhand.adapters.mail.smtp import Mailer
from evenhand.adapters.store import outbox
from evenhand.app.policies import load_policy
from evenhand.app.sending import Answer, Post, settle
from evenhand.review.calendar import Quiet
from evenhand.wiring.container import connect_outside
from evenhand.wiring.deadlines import firm_days
from evenhand.wiring.handing_over import read_mails
from evenhand.wiring.local_time import to_local
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from evenhand.adapters.store.models import HandoffMessage
    from evenhand.app.sending import Postman
    from evenhand.policy import Policy

_log = logging.getLogger("evenhand.worker")
_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


def send_due(now: dt.datetime | None = None) -> int:
    """Send what is due; returns how many mails the mail server took.

    Notes
    -----
    Nothing goes in the quiet hours of the policy, on weekends where they are quiet, or on the firm's days off. A mail
    server that can't take one mail isn't bothered with the next ones until the next round.
    """
    policy, moment = load_policy(connect_outside(), open_shelf().policy), now or timezone.now()
    outbox.find_abandoned(moment, dt.timedelta(minutes=policy.sending.unsure_minutes))
    here, handoffs = to_local(policy, moment), outbox.list_open()
    if not handoffs or not is_open_at(policy, here):
        return 0
    today, n_sent = here.date(), 0
    with Mailer() as mailer:
        for handoff in handoffs:
            mails: dict[str, dict[str, str]] | None = None
            for message in outbox.list_due(handoff, moment, today):
                mails = read_mails(handoff) if mails is None else mails
                claimed = outbox.claim(message, moment, today)
                if claimed is None:
                    continue
                answer = _send(mailer, claimed, mails.get(claimed.key), policy, moment)
                n_sent += answer is Answer.TAKEN
                if answer is Answer.LATER:
                    break
    return n_sent


def is_open_at(policy: Policy, at: dt.datetime) -> bool:
    """Say whether mail goes at a moment in the policy's time zone."""
    said = policy.review
    if Quiet(said.quiet_from_hour, said.quiet_to_hour, said.quiet_weekends).holds_at(at):
        return False
    day = at.date()
    is_weekend = day.weekday() >= 5
    return firm_days(policy, day).add(day, 0) == day or (is_weekend and not said.quiet_weekends)


def _send(
    mailer: Postman, message: HandoffMessage, mail: dict[str, str] | None, policy: Policy, now: dt.datetime
) -> Answer:
    if mail is None:
        answer, words = Answer.NEVER, "Its text is gone from the disk; prepare the handoff anew."
    elif not _ADDRESS.fullmatch(message.email):
        answer, words = Answer.NEVER, "The book has no e-mail address of this person; hand it over by hand."
    else:
        post = Post(
            message.message_id, message.email, mail["subject"], mail["text"], mail["html"],
            base64.b64decode(mail["calendar"]),
        )  # fmt: skip
        answer, words = mailer.give(post)
    standing, wait = settle(answer, message.n_tries, policy)
    outbox.close(message, standing, words, now, now + wait if wait is not None else None)
    _log.info("a letter: %s", standing, extra={"handoff": str(message.handoff_id), "tries": message.n_tries})
    return answer
