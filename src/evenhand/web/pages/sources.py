"""Saved sources: folders on the server that books are brought in from again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors_of_books import access_source, list_mappings, list_sources
from evenhand.adapters.store.models import SavedSource
from evenhand.foundation.errors import InputError
from evenhand.web.forms.sources import SourceForm
from evenhand.web.pages.books import list_server_paths
from evenhand.web.request import posted
from evenhand.web.requesting import allowed_path
from evenhand.web.uploads import ask_book_from

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.web.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def sources(request: Request) -> HttpResponse:
    """List the saved sources (GET), or save another one (POST)."""
    kept = list_sources(request.user)
    names = list(list_mappings(request.user).filter(number=1).order_by("name").values_list("name", flat=True))
    paths = list_server_paths()
    form = SourceForm(posted(request), server_paths=paths, mappings=names)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            allowed_path(said["server_path"])
            with transaction.atomic():
                source = SavedSource.objects.create(**said, created_by=request.user)
                record(request.user, "source.saved", source)
        except InputError as error:
            for message in error.problems.values():
                form.add_error("server_path", message)
        except IntegrityError:
            form.add_error("name", "There is a source of that name already; choose another, or remove that one.")
        else:
            return redirect("books_sources")
    return render(
        request,
        "web/sources.html",
        {"sources": kept, "form": form, "paths": paths},
        status=422 if form.errors else 200,
    )


@require_POST
def source_bring(request: Request, pk: UUID) -> HttpResponse:
    """Bring in what a source holds now."""
    source = access_source(request.user, pk)
    return redirect("book", pk=ask_book_from(request.user, source).pk)


@require_POST
def source_remove(request: Request, pk: UUID) -> HttpResponse:
    """Forget a source; books made from it stay."""
    source = access_source(request.user, pk)
    with transaction.atomic():
        record(request.user, "source.removed", source, name=source.name)
        source.delete()
    messages.success(request, f"{source.name} is removed; the books made from it stay.")
    return redirect("books_sources")
