"""News for each person, who stands in for whom, and the audit trail to take away."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.store.delegations import delegate, end_delegation
from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.doors_of_reviews import access_delegation, list_delegates, list_delegations
from evenhand.adapters.store.models import AuditEvent, User
from evenhand.adapters.store.trail import check_trail
from evenhand.app.roles import May
from evenhand.foundation.errors import Refusal
from evenhand.web.request import posted
from evenhand.web.reviewing import today

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.web.request import Request

_A_PAGE = 50


class DelegationForm(forms.Form):
    """Who stands in, and when."""

    to = forms.ModelChoiceField(User.objects.none(), label="Who stands in for you")
    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="To, this day included", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        field = self.fields["to"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = list_delegates(user)


@require_safe
def notices(request: Request) -> HttpResponse:
    """List what someone should know, the latest first."""
    page = Paginator(request.user.notices.all(), _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/notices.html", {"page": page})


@require_POST
def notices_read(request: Request) -> HttpResponse:
    """Mark everything as read."""
    request.user.notices.filter(read_at=None).update(read_at=timezone.now())
    return redirect("notices")


@require_http_methods(["GET", "HEAD", "POST"])
def delegations(request: Request) -> HttpResponse:
    """Let someone sign and approve in one's stead for a time."""
    check_may(request.user, May.DELEGATE)
    form = DelegationForm(posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            delegate(request.user, said["to"], said["starts_on"], said["ends_on"], today())
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect("delegations")
    return render(
        request,
        "web/delegations.html",
        {"form": form, "rows": list_delegations(request.user)},
        status=422 if form.errors else 200,
    )


@require_POST
def delegation_end(request: Request, pk: UUID) -> HttpResponse:
    """End one's own delegation now."""
    end_delegation(access_delegation(request.user, pk), request.user)
    messages.success(request, "Ended.")
    return redirect("delegations")


@require_safe
def audit_check(request: Request) -> HttpResponse:
    """Check the chain of the trail, and search it."""
    check_may(request.user, May.READ_AUDIT)
    q = request.GET.get("q", "").strip()[:200]
    since, until = (parse_date(request.GET.get(name, "")[:10]) for name in ("since", "until"))
    events = AuditEvent.objects.select_related("actor")
    for word in q.split():
        events = events.filter(
            Q(action__icontains=word) | Q(subject__icontains=word) | Q(subject_id__icontains=word)
            | Q(actor__email__icontains=word) | Q(actor__name__icontains=word) | Q(detail__icontains=word)
        )  # fmt: skip
    if since:
        events = events.filter(at__date__gte=since)
    if until:
        events = events.filter(at__date__lte=until)
    context = {
        "page": Paginator(events, _A_PAGE).get_page(request.GET.get("page")),
        "broken": check_trail(),
        "n_events": AuditEvent.objects.count(),
        "last": AuditEvent.objects.first(),
        "q": q,
        "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
    }
    return render(request, "web/audit_check.html", context)


class _Echo:
    def write(self, value: str) -> str:
        return value


@require_safe
def audit_csv(request: Request) -> StreamingHttpResponse:
    """Download the whole trail, the oldest first, with the hashes by which it can be checked elsewhere."""
    check_may(request.user, May.READ_AUDIT)
    response = StreamingHttpResponse(_lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _lines() -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(
        ["number", "at", "actor", "action", "subject", "subject_id", "detail", "origin", "before_hash", "own_hash"]
    )
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        said = dict(event.link.content)
        said["detail"] = json.dumps(said["detail"], sort_keys=True, ensure_ascii=False)
        cells = [said[name] for name in ("at", "actor", "action", "subject", "subject_id", "detail", "origin")]
        # A cell that a spreadsheet would run as a formula is text here.
        safe = [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@" else cell for cell in cells]
        yield writer.writerow([event.pk, *safe, event.before_hash, event.own_hash])
