"""A person who signs in, by e-mail address."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from evenhand.app.roles import ROLES, May, Role, RoleEntry, can_do


class UserManager(BaseUserManager["User"]):
    """Makes and finds people."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """Make a person; without a password they sign in by a link or by single sign-on."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a person by e-mail address, however its letters are written."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person: who they are in the workspace, and which rep of the books they are.

    Attributes
    ----------
    rep_id
        Their id among the reps of the books; a manager's says who reports to them. Empty where they are none.
    title
        The office they hold, as the policy names its signers: "CRO". Empty for most.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, choices=[(str(role), entry.title) for role, entry in ROLES.items()])
    rep_id = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=100, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="one_person_an_address"),
            models.CheckConstraint(condition=models.Q(role__in=[str(role) for role in Role]), name="role_is_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def role_entry(self) -> RoleEntry:
        """What the role may do and see."""
        return ROLES[Role(self.role)]

    def can(self, what: May) -> bool:
        """Say whether this person may do something."""
        return self.is_active and can_do(self.role, what)

    def get_full_name(self) -> str:
        """Return the name, as allauth asks for it."""
        return str(self)
