"""A plan under review with its flags, answers and approvals; the rules are `evenhand.review`'s."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from evenhand.review.case import FlagState, VoiceKind
from evenhand.review.states import Stage


class Review(models.Model):
    """A plan under review.

    Attributes
    ----------
    run
        The plan that is under review now; a revision puts another in its place.
    plan_hash
        Of all files of the plan.
    cast
        What the plan touches: territories by manager (teams) and by rep (reps), who approves (chain).
    terms
        What the policy said when the review began: reasons, whether silence is consent.
    bundle
        The cheapest bundle of flags that go together, for the plan of `bundle_hash`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey("store.PlanRun", on_delete=models.PROTECT, related_name="reviews")
    stage = models.CharField(max_length=20, choices=[(str(s), str(s)) for s in Stage], default=str(Stage.DRAFT))
    plan_hash = models.CharField(max_length=64, blank=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    submitter = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    unsigned = models.TextField(blank=True)
    cast = models.JSONField(default=dict)
    terms = models.JSONField(default=dict)
    flags_until = models.DateField(null=True, blank=True)
    dispute_until = models.DateField(null=True, blank=True)
    bundle = models.JSONField(default=dict)
    bundle_hash = models.CharField(max_length=64, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"review of {self.run_id}"


class ReviewFlag(models.Model):
    """A manager's flag, with its price and its answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="flags")
    account_id = models.CharField(max_length=200)
    wants = models.JSONField(default=list)
    reason = models.CharField(max_length=200)
    words = models.TextField()
    evidence = models.TextField(blank=True)
    raised_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    raised_on = models.DateField()
    state = models.CharField(max_length=20, choices=[(str(s), str(s)) for s in FlagState], default=str(FlagState.OPEN))
    is_honoured = models.BooleanField(default=False)
    answered_by = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True)
    price = models.JSONField(default=dict)
    priced_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return f"flag of {self.account_id}"


class ReviewConfirmation(models.Model):
    """A manager's part of a plan is confirmed, or was answered for in their stead."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="confirmations")
    manager = models.CharField(max_length=200)
    given_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    plan_hash = models.CharField(max_length=64)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.manager} on {self.review_id}"


class ReviewApproval(models.Model):
    """An approval; it lapses when the plan changes, and is kept all the same."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="approvals")
    step = models.CharField(max_length=200)
    given_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    plan_hash = models.CharField(max_length=64)
    lapsed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.step} on {self.review_id}"


class ReviewVoice(models.Model):
    """What a rep said of a published plan, and the answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="voices")
    kind = models.CharField(max_length=20, choices=[(str(k), str(k)) for k in VoiceKind])
    territory_id = models.CharField(max_length=200)
    words = models.TextField()
    said_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    raised_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.said_by_id}"


class Notice(models.Model):
    """Something that someone should know: in the app, and by mail, at once or in the day's digest.

    Attributes
    ----------
    is_urgent
        Mailed as soon as no quiet hours are in the way; else with the day's digest.
    """

    user = models.ForeignKey("store.User", on_delete=models.CASCADE, related_name="notices")
    review = models.ForeignKey(Review, null=True, on_delete=models.CASCADE, related_name="+")
    words = models.TextField()
    path = models.CharField(max_length=200, blank=True)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    n_mail_failures = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["mailed_at", "is_urgent"])]

    def __str__(self) -> str:
        return self.words[:60]
