"""Ways in that are used once: an invitation by e-mail, and a link that signs one person in."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from evenhand.app.roles import ROLES


class OneTime(models.Model):
    """A secret that lets someone in once. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Invitation(OneTime):
    """Asks someone in, as a role."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=[(str(role), entry.title) for role, entry in ROLES.items()])
    rep_id = models.CharField(max_length=200, blank=True)
    invited_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")

    class Meta(OneTime.Meta):
        abstract = False
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation of {self.email}"


class SignInLink(OneTime):
    """Signs one person in, once; the first administrator and the demo come in by one."""

    user = models.ForeignKey("store.User", on_delete=models.CASCADE, related_name="+")
    next_path = models.CharField(max_length=200, default="/")

    class Meta(OneTime.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"sign-in link of {self.user_id}"
