"""What a book is made of, before it is one: files that were brought in, the mapping so far, and where from."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from evenhand.adapters.store.models.book import Book


class Upload(models.Model):
    """An export that was brought in and whose columns are being mapped; books are made of it, it stays as it is.

    Attributes
    ----------
    source
        Where it comes from, as people know it: the files' names or the folder on the server.
    settings
        What was said with it: as_of, currency, server_path.
    folder
        Name of the folder of its files on the shelf; the same for what a book was made of and is mapped anew.
    mapping
        As far as it has come, TOML; empty for what the names suggest.
    version
        Rises with every change of the mapping, so that of two people nobody's is lost without a word.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=400)
    settings = models.JSONField(default=dict, blank=True)
    folder = models.CharField(max_length=64, blank=True)
    mapping = models.TextField(blank=True)
    mapping_name = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class SavedMapping(models.Model):
    """A version of a mapping that has a name, the text of a mapping file. A version never changes.

    Attributes
    ----------
    number
        Of the version, from 1; the largest one counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    text = models.TextField()
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "number"], name="one_mapping_a_version")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"


class SavedSource(models.Model):
    """A folder on the server that books are brought in from again and again, and the mapping that fits it.

    Attributes
    ----------
    mapping_name
        Of the saved mapping whose latest version is used; empty for none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    server_path = models.CharField(max_length=400)
    mapping_name = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    created_by = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


def folder_of(book: Book) -> str:
    """Return the name of the folder with the files that a book was made of."""
    return str(book.settings.get("folder") or book.pk)
