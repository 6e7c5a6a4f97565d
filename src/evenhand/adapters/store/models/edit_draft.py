"""Edits of a plan that aren't made yet, kept for everyone who works on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class EditDraft(models.Model):
    """The edits of a plan that are thought over: one a plan, shared by all who make plans.

    Attributes
    ----------
    edits
        As text, in the order in which they were decided.
    version
        Goes up with every change: whoever writes says which version they saw.
    """

    plan_run = models.OneToOneField("store.PlanRun", on_delete=models.CASCADE, related_name="draft")
    edits = models.JSONField(default=list, blank=True)
    updated_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-updated_at"]

    def __str__(self) -> str:
        return f"draft of {self.plan_run_id}"
