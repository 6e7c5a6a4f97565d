"""A handoff's changes going to a connected system: looked at, written, taken back, in the background."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from evenhand.adapters.store.models.job import Job, State
from evenhand.app.push.modes import Mode


class Push(Job):
    """A push of a handoff's change set to a connection.

    Attributes
    ----------
    to
        The connection's name, also when it is gone.
    mode
        See `Mode`; what was cut off is gone on with by itself.
    until
        Changes of later days wait for their day.
    again
        Whether what was taken back before is written once more.
    summary
        What came of it: the difference, counts, findings, what stayed, why it stopped.
    """

    handoff = models.ForeignKey("store.Handoff", on_delete=models.PROTECT, related_name="pushes")
    connection = models.ForeignKey(
        "store.Connection", null=True, blank=True, on_delete=models.SET_NULL, related_name="pushes"
    )
    to = models.CharField(max_length=60)
    mode = models.CharField(max_length=20, choices=[(str(mode), str(mode)) for mode in Mode])
    until = models.DateField()
    again = models.BooleanField(default=False)
    summary = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{WORDS[Mode(self.mode)]} to {self.to}"

    @property
    def is_done(self) -> bool:
        """Whether it came to its end, clean or not."""
        return self.state == State.DONE

    @property
    def is_look(self) -> bool:
        """Whether nothing was written by it."""
        return self.mode == Mode.PREVIEW

    @property
    def is_back(self) -> bool:
        """Whether it took writes back."""
        return self.mode == Mode.BACK

    def said(self, name: str) -> Any:
        """Return a part of the summary."""
        return self.summary.get(name)


WORDS = {Mode.PREVIEW: "Dry run", Mode.APPLY: "Push", Mode.RESUME: "Push", Mode.BACK: "Roll-back"}
