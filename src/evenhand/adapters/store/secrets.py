"""Secrets that people and programs carry: made here, kept only as hashes."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import ApiToken, Invitation, SignInLink, User

if TYPE_CHECKING:
    from collections.abc import Sequence

INVITATION_DAYS = 14
SIGN_IN_HOURS = 24
_TOKEN_MARK = "evh_"  # noqa: S105 - how a leaked token is recognised, not a secret


def digest(secret: str) -> str:
    """Return what is kept of a secret. It is long and random, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(email: str, role: str, rep_id: str, by: User) -> tuple[Invitation, str]:
    """Make an invitation; an earlier one to the same address no longer works. Returns it and its secret."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(email=email, used_at=None).update(expires_at=timezone.now())
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            rep_id=rep_id,
            invited_by=by,
            digest=digest(secret),
            expires_at=timezone.now() + dt.timedelta(days=INVITATION_DAYS),
        )
        record(by, "invitation.made", invitation, role=role)
    return invitation, secret


def find_invitation(secret: str) -> Invitation | None:
    """Return the invitation with that secret, if it can still be used."""
    return Invitation.objects.filter(digest=digest(secret), used_at=None, expires_at__gt=timezone.now()).first()


def accept_invitation(secret: str, name: str, password: str) -> User | None:
    """Make the person who was invited; None where the invitation can't be used (any more)."""
    with transaction.atomic():
        found = find_invitation(secret)
        if found is None or not Invitation.objects.filter(pk=found.pk, used_at=None).update(used_at=timezone.now()):
            return None
        user = User.objects.filter(email=found.email).first()
        if user is None:
            user = User.objects.create_user(found.email, password, name=name, role=found.role, rep_id=found.rep_id)
        else:
            return None
        record(user, "invitation.accepted", found)
    return user


def make_sign_in_link(user: User, next_path: str = "/") -> str:
    """Return the secret of a link that signs the person in once."""
    secret = secrets.token_urlsafe(32)
    link = SignInLink.objects.create(
        user=user,
        digest=digest(secret),
        next_path=next_path,
        expires_at=timezone.now() + dt.timedelta(hours=SIGN_IN_HOURS),
    )
    record(None, "sign_in_link.made", link)
    return secret


def use_sign_in_link(secret: str) -> SignInLink | None:
    """Use the link with that secret up; None where it was used, has expired or never was."""
    with transaction.atomic():
        used = SignInLink.objects.filter(
            digest=digest(secret), used_at=None, expires_at__gt=timezone.now(), user__is_active=True
        ).update(used_at=timezone.now())
        if not used:
            return None
        link = SignInLink.objects.select_related("user").get(digest=digest(secret))
        record(link.user, "sign_in_link.used", link)
    return link


def make_token(user: User, name: str, scopes: Sequence[str], days: int | None = None) -> tuple[ApiToken, str]:
    """Make a token for programs; returns it and its secret, which is never shown again."""
    secret = _TOKEN_MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            prefix=secret[:10],
            digest=digest(secret),
            scopes=sorted(scopes),
            expires_at=None if days is None else timezone.now() + dt.timedelta(days=days),
        )
        record(user, "token.made", token, scopes=sorted(scopes))
    return token, secret


def revoke_token(token: ApiToken, by: User) -> None:
    """Let a token open nothing any more."""
    with transaction.atomic():
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        record(by, "token.revoked", token)


def find_token(secret: str) -> ApiToken | None:
    """Return the valid token with that secret, of a person who is still active."""
    token = ApiToken.objects.select_related("user").filter(digest=digest(secret)).first()
    if token is None or not token.is_valid or not token.user.is_active:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > dt.timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
