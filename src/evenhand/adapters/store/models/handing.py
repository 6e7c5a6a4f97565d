"""A published plan being handed over: prepared in the background, talked about, sent, followed up."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from evenhand.adapters.store.models.job import Job, State
from evenhand.handoff.gate import Standing


class Handoff(Job):
    """A handoff of a published plan; prepared anew, it is another round, and the one before is kept.

    Attributes
    ----------
    run
        The plan as it was published.
    starts_on
        Day of the first conversation, as it was asked for; empty for the first one that can be.
    templates
        Which version of the firm's own letter templates it uses, by name.
    folder
        Name of its folder on the shelf: the hash of what it was made from.
    summary
        What the page shows first: days, counts, findings, who is told what when.
    before
        The round before.
    is_released
        Whether messages go as their days come.
    released_at
        When they were first released; from then on managers see it.
    """

    review = models.ForeignKey("store.Review", on_delete=models.PROTECT, related_name="handoffs")
    run = models.ForeignKey("store.PlanRun", on_delete=models.PROTECT, related_name="handoffs")
    starts_on = models.DateField(null=True, blank=True)
    templates = models.JSONField(default=dict, blank=True)
    folder = models.CharField(max_length=64, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    before = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="after")
    number = models.PositiveIntegerField(default=1)
    is_released = models.BooleanField(default=False)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey("store.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Job.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.run.title}, round {self.number}"

    @property
    def is_ready(self) -> bool:
        """Whether there is something to look at."""
        return self.state == State.DONE and bool(self.folder)


class HandoffMessage(models.Model):
    """One message to one person: the outbox of a handoff.

    Attributes
    ----------
    key
        Kind, recipient and territory: the same in every round.
    name
        Of the letter's files in the folder.
    waits_for
        Territories whose conversations come first.
    digest
        Of what it says, so that a round sends only what is new.
    message_id
        Of the mail, the same however often it is tried.
    claimed_at
        When it was last given to the mail server.
    words
        What the mail server, or whoever marked it, said last.
    excuse
        Why it goes before the conversations it waits for; empty: it doesn't.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="messages")
    key = models.CharField(max_length=420)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    to_id = models.CharField(max_length=200)
    email = models.CharField(max_length=320, blank=True)
    territory_id = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=500)
    send_on = models.DateField()
    waits_for = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    standing = models.CharField(
        max_length=20, choices=[(str(s), str(s)) for s in Standing], default=str(Standing.PLANNED)
    )
    message_id = models.CharField(max_length=200, unique=True)
    n_tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(blank=True)
    excuse = models.TextField(blank=True)
    excused_by = models.ForeignKey("store.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["handoff", "key"], name="one_message_a_key")]
        indexes: ClassVar = [models.Index(fields=["standing", "next_try_at"])]

    def __str__(self) -> str:
        return self.subject


class HandoffTalk(models.Model):
    """A conversation with a rep who loses accounts, as it was logged; one that was taken back stays, marked."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="talks")
    territory_id = models.CharField(max_length=200)
    rep_id = models.CharField(max_length=200)
    held_on = models.DateField()
    how = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    logged_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    logged_at = models.DateTimeField(auto_now_add=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey("store.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handoff", "territory_id"],
                condition=models.Q(taken_back_at__isnull=True),
                name="one_talk_a_territory",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rep_id} about {self.territory_id}"


class LetterTemplate(models.Model):
    """A version of a letter's template; it never changes, the next version takes its place.

    Attributes
    ----------
    text
        Markdown with Jinja; empty: back to the one that comes with Evenhand.
    """

    name = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"


class CreditDispute(models.Model):
    """A rep disputes who is paid for a deal; decided with a reason.

    Attributes
    ----------
    share_from
        The former rep's share of the credit as it was decided; empty: as the rules say.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="disputes")
    opportunity_id = models.CharField(max_length=200)
    rep_id = models.CharField(max_length=200)
    reason = models.TextField()
    raised_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    raised_on = models.DateField()
    share_from = models.FloatField(null=True, blank=True)
    answer = models.TextField(blank=True)
    decided_by = models.ForeignKey("store.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["raised_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["handoff", "opportunity_id", "rep_id"],
                condition=models.Q(decided_on__isnull=True),
                name="one_open_dispute_a_deal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rep_id} about {self.opportunity_id}"


class FollowUp(models.Model):
    """A follow-up that was done, 30 or 60 days after: from which book, what became of the accounts."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="follow_ups")
    after_days = models.PositiveIntegerField()
    book = models.ForeignKey("store.Book", on_delete=models.PROTECT, related_name="+")
    counts = models.JSONField(default=dict)
    done_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["after_days"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "after_days"], name="one_follow_up_a_round")
        ]

    def __str__(self) -> str:
        return f"{self.handoff_id} after {self.after_days} days"


class FollowUpTask(models.Model):
    """An account that nobody works after the handoff, as a task of the rep and the manager; a newer book closes it."""

    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, related_name="late")
    account_id = models.CharField(max_length=200)
    name = models.CharField(max_length=300, blank=True)
    territory_id = models.CharField(max_length=200)
    rep_id = models.CharField(max_length=200, blank=True)
    manager_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20)
    words = models.TextField()
    raised_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["done_at", "account_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "account_id"], name="one_late_task_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} of {self.handoff_id}"
