"""Who comes in how: nobody signs up by themselves; single sign-on lets in people who are known or invited."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Invitation

if TYPE_CHECKING:
    from django.http import HttpRequest

_log = logging.getLogger("evenhand.web")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Passwords: only people who were invited have one."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False: people come in by invitation."""
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Single sign-on: an address that the provider vouches for and that was invited makes a person."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002 - allauth's signature
        """Say whether the address is vouched for and invited."""
        return _find_invitation(sociallogin) is not None

    def on_authentication_error(self, *_about: Any, exception: Exception | None = None, **_rest: Any) -> None:
        """Write down why it failed; the page tells the person that it did."""
        _log.warning("single sign-on failed", exc_info=exception)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """Make the person, as the role they were invited as."""
        with transaction.atomic():
            invitation = _find_invitation(sociallogin)
            if invitation is None:
                message = "single sign-on of someone who wasn't invited"
                raise RuntimeError(message)
            sociallogin.user.role, sociallogin.user.rep_id = invitation.role, invitation.rep_id
            user = super().save_user(request, sociallogin, form)
            Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now())
            record(user, "invitation.accepted", invitation, by="single sign-on")
        return user


def _find_invitation(sociallogin: Any) -> Invitation | None:
    vouched = {address.email.lower() for address in sociallogin.email_addresses if address.verified}
    return Invitation.objects.filter(email__in=vouched, used_at=None, expires_at__gt=timezone.now()).first()
