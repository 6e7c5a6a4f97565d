"""Coming in by a link that works once, and by an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.adapters.store.secrets import accept_invitation, find_invitation, use_sign_in_link
from evenhand.app.roles import ROLES, Role
from evenhand.web.forms.people import AcceptForm
from evenhand.web.request import posted

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from evenhand.adapters.store.models import User

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_safe
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Sign in whoever has the link; it works once."""
    link = use_sign_in_link(secret)
    if link is None:
        return render(
            request,
            "web/error.html",
            {
                "title": "This link has been used or is too old",
                "lines": ["Each link signs in once. Start the workspace again for a new one, or sign in as usual."],
            },
            status=410,
        )
    _sign_in(request, link.user)
    if not link.user.has_usable_password() and link.next_path == "/accounts/password/set/":
        messages.info(request, "Welcome. Choose a password, so that you can come back.")
    return redirect(link.next_path)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show an invitation, and make the person who accepts it."""
    found = find_invitation(secret)
    if found is None:
        raise Http404
    form = AcceptForm(posted(request), email=found.email)
    if request.method == "POST" and form.is_valid():
        user = accept_invitation(secret, form.cleaned_data["name"], form.cleaned_data["password"])
        if user is None:
            raise Http404
        _sign_in(request, user)
        return redirect("home")
    entry = ROLES[Role(found.role)]
    return render(
        request,
        "web/invitation.html",
        {"form": form, "invitation": found, "entry": entry},
        status=422 if form.errors else 200,
    )


def _sign_in(request: HttpRequest, user: User) -> None:
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    login(request, user, backend=_BACKEND)
