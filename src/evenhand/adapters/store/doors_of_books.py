"""The doors to what books are made of: uploads, saved mappings and sources, for those who bring books in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model
from django.http import Http404

from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import SavedMapping, SavedSource, Upload
from evenhand.app.roles import May

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from evenhand.adapters.store.models import User

Found = TypeVar("Found", bound=Model)


def access_upload(user: User, pk: UUID) -> Upload:
    """Open an upload for someone who brings books in; Http404 for others, and where there is none."""
    check_may(user, May.MAKE_BOOKS)
    return _get(Upload.objects.select_related("created_by", "changed_by"), pk)


def list_mappings(user: User) -> QuerySet[SavedMapping]:
    """Return every version of every saved mapping; Http404 for those who bring no books in."""
    check_may(user, May.MAKE_BOOKS)
    return SavedMapping.objects.select_related("created_by")


def access_mapping(user: User, pk: UUID) -> SavedMapping:
    """Open a version of a saved mapping."""
    return _get(list_mappings(user), pk)


def find_mapping(user: User, name: str) -> SavedMapping | None:
    """Return the latest version of the saved mapping of a name."""
    return list_mappings(user).filter(name=name).order_by("-number").first()


def list_sources(user: User) -> QuerySet[SavedSource]:
    """Return the saved sources; Http404 for those who bring no books in."""
    check_may(user, May.MAKE_BOOKS)
    return SavedSource.objects.select_related("created_by")


def access_source(user: User, pk: UUID) -> SavedSource:
    """Open a saved source."""
    return _get(list_sources(user), pk)


def _get(rows: QuerySet[Found], pk: UUID) -> Found:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
