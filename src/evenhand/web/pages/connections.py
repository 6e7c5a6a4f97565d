"""Connections: systems that records are read from, their tests, syncs, schedule and log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.sources.vendors import VENDORS, load_vendor
from evenhand.adapters.store.doors_of_connections import access_connection, access_sync, list_connections
from evenhand.adapters.store.models import SavedMapping, SyncKind
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.web.connecting import adopt_connections, ask_sync_of, erase_connection, map_columns, save_connection
from evenhand.web.forms.connections import ConnectionForm
from evenhand.web.pages.jobs import show_progress, stop
from evenhand.web.request import posted
from evenhand.wiring.syncing_jobs import open_workspace_connections

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Connection
    from evenhand.web.request import Request

_SHOWN = 20


@require_safe
def connections(request: Request) -> HttpResponse:
    """List the connections, and what can be connected."""
    rows = list_connections(request.user)
    adopt_connections(request.user)
    listed = [{"row": row, "last": row.syncs.exclude(kind=SyncKind.TEST).first()} for row in rows.all()]
    return render(request, "web/connections.html", {"rows": listed, "vendors": _vendors()})


@require_http_methods(["GET", "HEAD", "POST"])
def connection_new(request: Request, vendor: str) -> HttpResponse:
    """Fill a vendor's form in (GET), and connect it (POST)."""
    list_connections(request.user)
    if vendor not in VENDORS:
        raise Http404
    kind = load_vendor(vendor)
    form = ConnectionForm(posted(request), vendor=kind)
    if request.method == "POST" and form.is_valid():
        try:
            row = save_connection(
                request.user,
                form.cleaned_data["name"],
                vendor,
                form.settings(),
                form.secrets(),
                every_hours=form.hours(),
            )
        except InputError as error:
            form.blame(error.problems)
        else:
            return redirect("sync", pk=ask_sync_of(request.user, row, SyncKind.TEST).pk)
    return render(
        request, "web/connection_form.html", {"form": form, "vendor": kind}, status=422 if form.errors else 200
    )


@require_safe
def connection(request: Request, pk: UUID) -> HttpResponse:
    """Show a connection: what it keeps, its health, its log, what it must be allowed to do."""
    row = access_connection(request.user, pk)
    return render(request, "web/connection.html", _about(row))


@require_http_methods(["GET", "HEAD", "POST"])
def connection_edit(request: Request, pk: UUID) -> HttpResponse:
    """Change a connection's settings, secrets or schedule."""
    row = access_connection(request.user, pk)
    before, kind = open_workspace_connections().look_up(row.name), load_vendor(row.vendor)
    form = ConnectionForm(posted(request), vendor=kind, before=before)
    if request.method == "POST" and form.is_valid():
        try:
            save_connection(
                request.user,
                row.name,
                row.vendor,
                form.settings(),
                form.secrets(),
                every_hours=form.hours(),
                row=row,
            )
        except InputError as error:
            form.blame(error.problems)
        except EvenhandError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{row.name} is changed.")
            return redirect("connection", pk=row.pk)
    context = {"form": form, "vendor": kind, "row": row}
    return render(request, "web/connection_form.html", context, status=422 if form.errors else 200)


@require_POST
def connection_sync(request: Request, pk: UUID) -> HttpResponse:
    """Ask for a sync, or a test."""
    row = access_connection(request.user, pk)
    kind = request.POST.get("kind", SyncKind.CHANGES)
    if kind not in SyncKind.values:
        raise Http404
    return redirect("sync", pk=ask_sync_of(request.user, row, SyncKind(kind)).pk)


@require_POST
def connection_columns(request: Request, pk: UUID) -> HttpResponse:
    """Map the columns and stages of what is kept."""
    row = access_connection(request.user, pk)
    try:
        upload = map_columns(request.user, row)
    except InputError as error:
        messages.error(request, "; ".join(error.problems.values()))
        return redirect("connection", pk=row.pk)
    return redirect("books_upload", pk=upload.pk)


@require_POST
def connection_remove(request: Request, pk: UUID) -> HttpResponse:
    """Forget a connection, where its name was typed."""
    row = access_connection(request.user, pk)
    if request.POST.get("name", "").strip() != row.name:
        messages.error(request, f"Nothing was removed: type {row.name} to remove it.")
        return redirect("connection", pk=row.pk)
    erase_connection(request.user, row)
    messages.success(request, f"{row.name} is removed with its secrets and records; books made of it stay.")
    return redirect("connections")


@require_safe
def sync(request: Request, pk: UUID) -> HttpResponse:
    """Show a sync or a test: how far it is, or what came of it."""
    job = access_sync(request.user, pk)
    objects = job.summary.get("objects", [])
    context = {
        "job": job,
        "row": job.connection,
        "objects": objects,
        "facts": job.summary.get("facts", {}).items(),
        "findings": job.summary.get("findings", []),
        "n_read": sum(one["n_read"] for one in objects),
        "is_test": job.kind == SyncKind.TEST,
    }
    return render(request, "web/sync.html", context)


@require_safe
def sync_progress(request: Request, pk: UUID) -> HttpResponse:
    """Show how far a sync is."""
    return show_progress(request, access_sync(request.user, pk), "sync")


@require_POST
def sync_cancel(request: Request, pk: UUID) -> HttpResponse:
    """Stop a sync; what came in is kept, and the next one goes on there."""
    return stop(request, access_sync(request.user, pk), "sync")


def _vendors() -> list[dict[str, str]]:
    found = []
    for name in VENDORS:
        try:
            found.append({"name": name, "label": load_vendor(name).label, "missing": ""})
        except InputError as error:
            found.append({"name": name, "label": name.capitalize(), "missing": error.problems["vendor"]})
    return found


def _about(row: Connection) -> dict[str, Any]:
    kept = open_workspace_connections()
    vendor = load_vendor(row.vendor)
    said = kept.look_up(row.name)
    labels = {field.name: field.label for field in vendor.form}
    state = kept.kept(row.name).state()
    syncs = list(row.syncs.select_related("book")[:_SHOWN])
    last = next((one for one in syncs if one.kind != SyncKind.TEST and one.has_ended), None)
    return {
        "row": row,
        "vendor": vendor,
        "settings": [(labels.get(name, name), value) for name, value in said.settings.items()],
        "secrets": [labels.get(name, name) for name in said.secrets],
        "objects": sorted(state.objects.values(), key=lambda one: -one.n_rows),
        "state": state,
        "is_interrupted": kept.kept(row.name).plan() is not None,
        "syncs": syncs,
        "last": last,
        "findings": [one for one in (last.summary.get("findings", []) if last else []) if one["severity"] != "note"],
        "mapping": SavedMapping.objects.filter(name=row.name).order_by("-number").first(),
    }
