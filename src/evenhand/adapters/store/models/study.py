"""A study of a book: many plans at once, answered by one page. A frontier, or scenarios side by side."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from evenhand.adapters.store.models.job import Job, State


class StudyKind(models.TextChoices):
    """What is asked."""

    FRONTIER = "frontier", "what each point of balance costs"
    SCENARIOS = "scenarios", "scenarios side by side"


class Study(Job):
    """A study, from the question on.

    Attributes
    ----------
    text
        The scenarios as TOML; empty for a frontier.
    folder
        Name of the study's folder: the hash of the question, the book and the version.
    summary
        What the page offers beside the report: the recommended tolerance of a frontier.
    """

    book = models.ForeignKey("store.Book", on_delete=models.PROTECT, related_name="studies")
    kind = models.CharField(max_length=20, choices=StudyKind)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    folder = models.CharField(max_length=64, blank=True)
    summary = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.title

    @property
    def has_report(self) -> bool:
        """Whether there is something to look at."""
        return self.state == State.DONE and bool(self.folder)
