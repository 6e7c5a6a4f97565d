"""Asking for work: a book to be admitted, a plan to be solved. Pages and the API ask in the same words."""

from __future__ import annotations

import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Book, PlanRun
from evenhand.app.policies import load_policy
from evenhand.app.question import Question, check_question, title_question
from evenhand.book.mapping import read_mapping
from evenhand.foundation.errors import InputError, Refusal
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from django.core.files.uploadedfile import UploadedFile

    from evenhand.adapters.store.models import User
    from evenhand.policy import Policy

READABLE = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xlsm", ".xls")
_MOST_FILES = 60
_CHUNK = 1 << 20


@dataclass(frozen=True)
class BookWish:
    """What is said of a book that is to be made.

    Attributes
    ----------
    files
        Uploaded tables, or one zip of them.
    server_path
        A folder or file on the server instead.
    mapping
        TOML: which column is what.
    """

    name: str = ""
    files: Sequence[UploadedFile[Any]] = ()
    server_path: str = ""
    as_of: dt.date | None = None
    currency: str = ""
    mapping: str = ""


def firm_policy() -> Policy:
    """Return the policy of the firm: policy.toml of the data folder, or the defaults."""
    return load_policy(connect_outside(), open_shelf().policy)


def ask_book(user: User, wish: BookWish) -> Book:
    """Take the files in and queue their admission.

    Raises
    ------
    InputError
        Naming what is wrong with the files, the path or the mapping; nothing is kept then.
    """
    said = check_wish(wish)
    book = Book(name=wish.name.strip(), created_by=user, settings=said)
    with keeping_files(wish, open_shelf().upload(book.pk), said) as (folder, source):
        book.source = source
        if wish.mapping.strip():
            (folder / "mapping.toml").write_text(wish.mapping, encoding="utf-8")
        book.name = book.name or f"{Path(book.source.partition(',')[0]).stem} {timezone.now():%d %b %Y}"
        with transaction.atomic():
            book.save(force_insert=True)
            jobs.queue(book, enqueue)
            record(user, "book.asked", book, source="server" if wish.server_path else "upload")
    return book


def check_wish(wish: BookWish) -> dict[str, Any]:
    """Return what is said of the book besides its files, as it is kept.

    Raises
    ------
    InputError
        Naming what is wrong with the files, the path or the mapping.
    """
    problems = find_problems(wish)
    if problems:
        raise InputError(problems)
    return {"as_of": wish.as_of.isoformat() if wish.as_of else None, "currency": wish.currency.upper()}


@contextmanager
def keeping_files(wish: BookWish, folder: Path, said: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Take in what a wish names, while the row about it is written; where that fails nothing is kept.

    Parameters
    ----------
    folder
        The folder to make for it; the files go into ``source`` in it.
    said
        Where the path on the server is noted, if it is one.

    Yields
    ------
    tuple of Path and str
        The folder, and where the files come from, as people know it.
    """
    try:
        folder.mkdir(parents=True)
        if wish.server_path:
            said["server_path"] = str(allowed_path(wish.server_path))
            yield folder, Path(wish.server_path).name
        else:
            _take_in(wish.files, folder / "source")
            yield folder, ", ".join(sorted(str(file.name) for file in wish.files))[:400]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def ask_plan(user: User, book: Book, question: Question, title: str = "") -> PlanRun:
    """Queue the solve of a plan.

    Raises
    ------
    InputError
        Naming what is wrong with the question.
    Refusal
        Where the book isn't ready.
    """
    if not book.is_ready:
        raise Refusal("WS102", f"{book.name} isn't ready to plan from.", "Wait until it is, or bring it in again.")
    policy = check_question(question, firm_policy())
    question = question.spelt_out()
    with transaction.atomic():
        run = PlanRun.objects.create(
            book=book,
            title=title.strip()[:200] or title_question(policy, question.events)[:200],
            question=question.as_dict(),
            created_by=user,
        )
        jobs.queue(run, enqueue)
        record(user, "plan_run.asked", run, book=str(book.pk))
    return run


def allowed_path(path: str) -> Path:
    """Return a path on the server, if the settings allow books from there.

    Raises
    ------
    InputError
        Where it isn't inside one of the folders, or doesn't exist.
    """
    found = Path(path).resolve()
    if not any(found.is_relative_to(folder) for folder in settings.EVENHAND_SOURCES):
        raise InputError({"server_path": "isn't inside a folder that EVENHAND_SOURCES allows"})
    if not found.exists():
        raise InputError({"server_path": "doesn't exist"})
    return found


def find_problems(wish: BookWish) -> dict[str, str]:
    """Name what is wrong with a wish, before anything is kept."""
    problems: dict[str, str] = {}
    if bool(wish.files) == bool(wish.server_path):
        problems["files"] = "Choose the files of your export, or a folder on the server: one of the two."
    if len(wish.files) > _MOST_FILES:
        problems["files"] = f"These are {len(wish.files)} files; {_MOST_FILES} is the most. Zip them."
    if sum(file.size or 0 for file in wish.files) > settings.EVENHAND_UPLOAD_BYTES:
        problems["files"] = f"Too large: {settings.EVENHAND_UPLOAD_BYTES >> 20} MB is the most."
    wrong = [
        str(file.name) for file in wish.files if PurePosixPath(str(file.name)).suffix.lower() not in (*READABLE, ".zip")
    ]
    if wrong:
        problems["files"] = f"{', '.join(wrong)}: give CSV, Parquet or Excel files, or a zip of them."
    if len(wish.files) > 1 and any(str(file.name).lower().endswith(".zip") for file in wish.files):
        problems["files"] = "Give one zip, or the files themselves, not both."
    if wish.currency and not (len(wish.currency) == 3 and wish.currency.isalpha()):
        problems["currency"] = "Three letters, such as USD."
    if wish.mapping.strip():
        try:
            read_mapping(wish.mapping, "mapping")
        except InputError as error:
            problems["mapping"] = " ".join(f"{at}: {said}." for at, said in error.problems.items())
    return problems


def _take_in(files: Sequence[UploadedFile[Any]], to: Path) -> None:
    to.mkdir(parents=True)
    if len(files) == 1 and str(files[0].name).lower().endswith(".zip"):
        _unpack(files[0], to)
        return
    for file in files:
        with (to / PurePosixPath(str(file.name)).name).open("xb") as target:
            for chunk in file.chunks(_CHUNK):
                target.write(chunk)


def _unpack(file: UploadedFile[Any], to: Path) -> None:
    """Unpack the tables of a zip, whatever folder they are in; the sizes it states are not believed."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise InputError({"files": f"{file.name} isn't a zip file, or was cut off. Zip it again."}) from None
    left = int(settings.EVENHAND_UPLOAD_BYTES) * 4
    with archive:
        tables = [
            item
            for item in archive.infolist()
            if not item.is_dir()
            and PurePosixPath(item.filename).suffix.lower() in READABLE
            and not PurePosixPath(item.filename).name.startswith((".", "~$", "__"))
            and "__MACOSX" not in item.filename
        ]
        names = [PurePosixPath(item.filename.replace("\\", "/")).name for item in tables]
        twice = sorted({name for name in names if names.count(name) > 1})
        if not tables:
            raise InputError({"files": f"{file.name} holds no CSV, Parquet or Excel file."})
        if twice:
            raise InputError({"files": f"{file.name} holds {', '.join(twice)} more than once; keep one of each."})
        try:
            for item, name in zip(tables, names, strict=True):
                with archive.open(item) as source, (to / name).open("xb") as target:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise InputError({"files": f"{file.name} is too large when unpacked."})
                        target.write(chunk)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise InputError({"files": f"{file.name} can't be unpacked: {error}."}) from None
