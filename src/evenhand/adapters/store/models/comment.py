"""What people say about a book or a plan, or about one territory or move of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class Comment(models.Model):
    """Something said about a book or a plan.

    Attributes
    ----------
    book, plan_run
        What it is about: one of the two.
    place
        Where in it: ``territory:T07``, ``move:A000016``; empty for the whole of it.
    text
        As it stands now; empty once it is deleted, so that only who, when and where are left.
    mentioned
        Whom it names; they could see it when it was written.
    version
        Goes up with every change, so that two who change it at once are told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    book = models.ForeignKey("store.Book", null=True, blank=True, on_delete=models.PROTECT, related_name="comments")
    plan_run = models.ForeignKey(
        "store.PlanRun", null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )
    place = models.CharField(max_length=240, blank=True)
    author = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    mentioned = models.ManyToManyField("store.User", related_name="mentions", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey("store.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["plan_run", "place"]), models.Index(fields=["book", "place"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(book=None) ^ models.Q(plan_run=None), name="comment_is_about_one_thing"
            )
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"
