"""Inviting people, changing what they are, making tokens. Pages and the API do it in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import User
from evenhand.adapters.store.secrets import invite
from evenhand.app.roles import ROLES, Role
from evenhand.foundation.errors import InputError, Refusal
from evenhand.web.meanwhile import ChangedMeanwhileError

if TYPE_CHECKING:
    from django.forms import Form

    from evenhand.adapters.store.models import Invitation


@dataclass(frozen=True)
class Invited:
    """An invitation that was made; `link` is how it is taken up, `is_mailed` whether the mail went out."""

    invitation: Invitation
    link: str
    is_mailed: bool


def invite_person(by: User, email: str, role: str, rep_id: str) -> Invited:
    """Invite someone by mail; where the mail can't be sent the link is still good."""
    invitation, secret = invite(email, role, rep_id, by)
    link = settings.EVENHAND_URL + reverse("invitation", args=[secret])
    context = {"by": by, "invitation": invitation, "entry": ROLES[Role(invitation.role)], "link": link}
    try:
        send_mail(
            subject="You are invited to Evenhand",
            message=render_to_string("web/mail/invitation.txt", context),
            from_email=None,
            recipient_list=[invitation.email],
        )
    except OSError:
        return Invited(invitation, link, is_mailed=False)
    return Invited(invitation, link, is_mailed=True)


def change_person(by: User, person: User, *, role: str, rep_id: str, is_active: bool, version: int) -> None:
    """Change what someone is.

    Parameters
    ----------
    version
        Of the person, as it was looked at.

    Raises
    ------
    Refusal
        WS122 where nobody of revenue operations would be left.
    ChangedMeanwhileError
        Where somebody else changed the person meanwhile; nothing is changed then.
    """
    keeps = is_active and role == Role.REVOPS
    with transaction.atomic():
        # Locked, so that two who demote each other at once don't leave the workspace without anyone.
        keepers = list(User.objects.select_for_update().filter(role=Role.REVOPS, is_active=True).values_list("pk"))
        if not keeps and keepers == [(person.pk,)]:
            raise Refusal("WS122", "This is the last person of revenue operations.", "Name another one first.")
        changed = User.objects.filter(pk=person.pk, version=version).update(
            role=role, rep_id=rep_id, is_active=is_active, version=F("version") + 1
        )
        if not changed:
            raise ChangedMeanwhileError
        record(by, "person.changed", person, role=role, is_active=is_active)


def check_form(form: Form) -> dict[str, Any]:
    """Return what a form was given, cleaned.

    Raises
    ------
    InputError
        Naming every field that is wrong.
    """
    if not form.is_valid():
        raise InputError({field: " ".join(str(one) for one in said) for field, said in form.errors.items()})
    return form.cleaned_data
