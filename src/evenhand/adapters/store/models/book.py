"""A book in the workspace: the upload it is made of, the admission, and where the folder is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from evenhand.adapters.store.models.job import Job, State


class Book(Job):
    """A book, from the upload on.

    Attributes
    ----------
    source
        Where it comes from, as people know it: the file's name or the folder on the server.
    settings
        What was said on the form: as_of, currency, mapping (TOML).
    content_hash, policy_hash
        Of the book's content, which names its folder; of the policy it was diagnosed under.
    summary
        Counts for lists and headlines: rows by table, findings by severity, rejected rows, seats by verdict.
    """

    name = models.CharField(max_length=200)
    source = models.CharField(max_length=400)
    settings = models.JSONField(default=dict, blank=True)
    as_of = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    policy_hash = models.CharField(max_length=64, blank=True)
    summary = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Whether there is a book to look at and plan from."""
        return self.state == State.DONE and bool(self.content_hash)
