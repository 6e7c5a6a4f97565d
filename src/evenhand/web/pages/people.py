"""People: who is here, as what; inviting; tokens; the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.store.doors import access_person, access_token, check_may
from evenhand.adapters.store.models import AuditEvent, Invitation, User
from evenhand.adapters.store.secrets import make_token, revoke_token
from evenhand.app.roles import ROLES, May
from evenhand.foundation.errors import Refusal
from evenhand.web.forms.people import InviteForm, RoleForm, TokenForm
from evenhand.web.keeping_people import change_person, invite_person
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.request import posted

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.web.request import Request

_A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: Request) -> HttpResponse:
    """List everyone, and invite someone."""
    check_may(request.user, May.KEEP_PEOPLE)
    form = InviteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = invite_person(request.user, said["email"], said["role"], said["rep_id"])
        email = made.invitation.email
        if made.is_mailed:
            messages.success(request, f"{email} is invited. The link in the mail holds for two weeks.")
        else:
            messages.error(request, f"The mail to {email} couldn't be sent. Send this link yourself: {made.link}")
        return redirect("people")
    rows = [
        (
            person,
            RoleForm(
                initial={
                    "role": person.role,
                    "rep_id": person.rep_id,
                    "is_active": person.is_active,
                    "version": person.version,
                },
                auto_id=f"{person.pk}-%s",
            ),
        )
        for person in User.objects.all()[:500]
    ]
    waiting = Invitation.objects.filter(used_at=None, expires_at__gt=timezone.now()).select_related("invited_by")
    return render(
        request,
        "web/people.html",
        {"form": form, "rows": rows, "waiting": waiting, "roles": ROLES.values()},
        status=422 if form.errors else 200,
    )


@require_POST
def people_role(request: Request, pk: UUID) -> HttpResponse:
    """Change what someone is; the last one who keeps people stays."""
    person, form = access_person(request.user, pk), RoleForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, f"{person}: {' '.join(str(error) for error in errors)}")
        return redirect("people")
    said = form.cleaned_data
    try:
        change_person(request.user, person, **said)
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}")
    except ChangedMeanwhileError:
        messages.error(
            request, f"Somebody else changed {person} meanwhile. See how it stands now, and change it again."
        )
    else:
        messages.success(request, f"{person} is changed.")
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: Request) -> HttpResponse:
    """List the person's tokens, and make one; its secret is shown once."""
    check_may(request.user, May.USE_API)
    form, secret = TokenForm(posted(request)), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        scopes = ["read", "write"] if said["scope"] == "write" else ["read"]
        _, secret = make_token(request.user, said["name"], scopes, said["days"])
        form = TokenForm()
    return render(
        request,
        "web/tokens.html",
        {"form": form, "secret": secret, "tokens": request.user.api_tokens.all(), "now": timezone.now()},
        status=422 if form.errors else 200,
    )


@require_POST
def tokens_revoke(request: Request, pk: UUID) -> HttpResponse:
    """Let a token open nothing any more."""
    revoke_token(access_token(request.user, pk), request.user)
    messages.success(request, "The token no longer opens anything.")
    return redirect("tokens")


@require_safe
def audit(request: Request) -> HttpResponse:
    """Show who did what, the latest first."""
    check_may(request.user, May.READ_AUDIT)
    events = AuditEvent.objects.select_related("actor")
    about = request.GET.get("about", "").strip()
    if about:
        events = events.filter(subject_id=about)
    page = Paginator(events, _A_PAGE).get_page(request.GET.get("page"))
    if not page.paginator.num_pages:
        raise Http404
    return render(request, "web/audit.html", {"page": page, "about": about})
