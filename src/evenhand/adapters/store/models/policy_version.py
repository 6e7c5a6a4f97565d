"""Versions of the policy as they were put to the signers, their signatures, and who stands in for whom."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class PolicyVersion(models.Model):
    """A version of the policy; its rules never change, a change is another version.

    Attributes
    ----------
    text
        The policy as TOML.
    signers
        The titles that sign, as the policy in force said when it was put to them.
    exception_to
        The signed version that it departs from; None for a policy of its own.
    changes
        What differs from that one: path, before, after, text.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy_hash = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    text = models.TextField()
    signers = models.JSONField(default=list)
    exception_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions")
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=list)
    proposed_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["policy_hash"], condition=models.Q(withdrawn_at=None), name="one_version_a_policy"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PolicySignature(models.Model):
    """A signature: the title, whose it is, and who gave it."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="signatures")
    title = models.CharField(max_length=100)
    holder = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "title"], name="one_signature_a_title")]

    def __str__(self) -> str:
        return f"{self.title} under {self.version_id}"


class Delegation(models.Model):
    """Somebody's signatures and approvals are given by another for a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    of = models.ForeignKey("store.User", on_delete=models.CASCADE, related_name="delegations")
    to = models.ForeignKey("store.User", on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-starts_on", "-created_at"]

    def __str__(self) -> str:
        return f"{self.of_id} to {self.to_id}"
