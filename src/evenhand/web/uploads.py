"""Exports that were brought in to be mapped: keeping them, looking at them, saving mappings, asking for a book."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from evenhand.adapters.files.heads import find_head
from evenhand.adapters.files.sources import read_source
from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors_of_books import list_mappings
from evenhand.adapters.store.models import Book, SavedMapping, Upload
from evenhand.adapters.store.models.upload import folder_of
from evenhand.app.preview import begin_mapping
from evenhand.book.mapping import SourceMapping, read_mapping
from evenhand.book.mapping_text import render_mapping
from evenhand.book.matching import can_apply
from evenhand.foundation.errors import InputError
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.requesting import BookWish, allowed_path, check_wish, keeping_files
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from evenhand.adapters.files.sources import Source
    from evenhand.adapters.store.models import SavedSource, User

_KEPT = 2
_MOST_TRIES = 5


@dataclass(frozen=True)
class Look:
    """An upload as it is looked at.

    Attributes
    ----------
    cut
        Files of which only the first rows are looked at.
    """

    source: Source
    cut: tuple[str, ...]


def keep_upload(user: User, wish: BookWish) -> Upload:
    """Take files in to be mapped, without making a book yet.

    Raises
    ------
    InputError
        Naming what is wrong with the files, the path or the mapping; nothing is kept then.
    """
    said = check_wish(wish)
    upload = Upload(name=wish.name.strip(), created_by=user, settings=said, mapping=wish.mapping)
    upload.folder = str(upload.pk)
    with keeping_files(wish, open_shelf().upload(upload.folder), said) as (_, source), transaction.atomic():
        upload.source = source
        upload.save(force_insert=True)
        record(user, "upload.kept", upload, source="server" if wish.server_path else "upload")
    return upload


def map_anew(user: User, book: Book) -> Upload:
    """Take up the files of a book to map them another way; the book stays as it is.

    Raises
    ------
    InputError
        Where its files are gone.
    """
    said = {name: book.settings.get(name) for name in ("as_of", "currency", "server_path")}
    folder = folder_of(book)
    if not said["server_path"] and not (open_shelf().upload(folder) / "source").is_dir():
        raise InputError({"files": "The files of this book aren't kept here any more; bring them in again."})
    mapping = open_shelf().upload(book.pk) / "mapping.toml"
    text = mapping.read_text("utf-8") if mapping.is_file() else ""
    upload = Upload(name=book.name, source=book.source, created_by=user, settings=said, folder=folder, mapping=text)
    with transaction.atomic():
        upload.save(force_insert=True)
        record(user, "upload.taken_up", upload, book=str(book.pk))
    return upload


def look_at(upload: Upload, mapping: SourceMapping) -> Look:
    """Read an upload, or the first rows of its larger files.

    Raises
    ------
    InputError
        Where there is nothing to read, or the folder on the server may not be read any more.
    """
    shelf = open_shelf().upload(upload.folder)
    path = upload.settings.get("server_path")
    source = allowed_path(path) if path else shelf / "source"
    head, cut = find_head(source, shelf / f".heads-{_age(source)}" if path else shelf / ".heads")
    return Look(_read(head, _age(head), mapping.encoding, mapping.delimiter), cut)


def draft_of(user: User, upload: Upload) -> tuple[SourceMapping, str]:
    """Return the mapping as far as it has come, and the name of the saved one that it begins with, if any."""
    if upload.mapping:
        return read_mapping(upload.mapping, "mapping"), upload.mapping_name
    raw = look_at(upload, SourceMapping()).source.tables
    for saved in list_mappings(user).order_by("-created_at")[:50]:
        mapping = read_mapping(saved.text, saved.name)
        if can_apply(mapping, raw):
            return mapping, saved.name
    return begin_mapping(raw), ""


def save_draft(user: User, upload: Upload, version: int, mapping: SourceMapping, said: dict[str, Any]) -> None:
    """Keep a mapping as far as it has come.

    Raises
    ------
    ChangedMeanwhileError
        Where the upload is no longer at that version; nothing is changed then.
    """
    text = render_mapping(mapping)
    kept = Upload.objects.filter(pk=upload.pk, version=version).update(
        mapping=text, settings={**upload.settings, **said}, changed_by=user, version=F("version") + 1
    )
    if not kept:
        raise ChangedMeanwhileError
    upload.refresh_from_db()


def save_mapping(user: User, name: str, mapping: SourceMapping) -> SavedMapping:
    """Save a mapping under a name: a further version, or the latest one where that says the same.

    Raises
    ------
    InputError
        Where it has no name.
    """
    name, text = " ".join(name.split())[:100], render_mapping(mapping)
    if not name:
        raise InputError({"mapping_name": "Give the mapping a name, for instance the system it is for."})
    for _ in range(_MOST_TRIES):
        latest = SavedMapping.objects.filter(name=name).order_by("-number").first()
        if latest is not None and latest.text == text:
            return latest
        number = 1 + (SavedMapping.objects.filter(name=name).aggregate(most=Max("number"))["most"] or 0)
        try:
            with transaction.atomic():
                saved = SavedMapping.objects.create(name=name, number=number, text=text, created_by=user)
                record(user, "mapping.saved", saved, version=number)
        except IntegrityError:  # somebody else saved that version at the same moment
            continue
        return saved
    raise InputError({"mapping_name": "Others are saving under this name right now; try again."})


def ask_book_of(user: User, upload: Upload, mapping: SourceMapping, saved: SavedMapping | None = None) -> Book:
    """Queue the admission of an upload by a mapping.

    Raises
    ------
    InputError
        Where the folder on the server may not be read any more.
    """
    said = {**upload.settings, "folder": upload.folder, "upload": str(upload.pk)}
    if saved is not None:
        said["mapping"] = {"id": str(saved.pk), "name": saved.name, "number": saved.number}
    if said.get("server_path"):
        allowed_path(said["server_path"])
    first = Path(upload.source.partition(",")[0]).stem
    name = upload.name or f"{first} {timezone.now():%d %b %Y}"
    book = Book(name=name, source=upload.source, created_by=user, settings=said)
    folder = open_shelf().upload(book.pk)
    try:
        folder.mkdir(parents=True)
        (folder / "mapping.toml").write_text(render_mapping(mapping), encoding="utf-8")
        with transaction.atomic():
            book.save(force_insert=True)
            jobs.queue(book, enqueue)
            record(user, "book.asked", book, source="server" if said.get("server_path") else "upload")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return book


def ask_book_from(user: User, source: SavedSource) -> Book:
    """Queue the admission of what a saved source holds now, by the latest version of its mapping."""
    saved = list_mappings(user).filter(name=source.mapping_name).order_by("-number").first()
    mapping = SourceMapping() if saved is None else read_mapping(saved.text, saved.name)
    said = {"server_path": source.server_path, "currency": source.currency, "as_of": None}
    name = f"{source.name} {timezone.now():%d %b %Y}"
    upload = Upload(name=name, source=source.name, created_by=user, settings=said)
    upload.folder = str(upload.pk)
    allowed_path(source.server_path)
    with transaction.atomic():
        upload.save(force_insert=True)
        record(user, "upload.kept", upload, source="saved", saved_source=str(source.pk))
    return ask_book_of(user, upload, mapping, saved)


def _age(path: Path) -> int:
    """Return when what is in a folder was last changed; files of an upload never are."""
    files = [path, *path.iterdir()] if path.is_dir() else [path]
    return max(file.stat().st_mtime_ns for file in files)


@lru_cache(maxsize=_KEPT)
def _read(path: Path, _changed: int, encoding: str | None, delimiter: Any) -> Source:
    return read_source(path, mapping=SourceMapping(encoding=encoding, delimiter=delimiter))
