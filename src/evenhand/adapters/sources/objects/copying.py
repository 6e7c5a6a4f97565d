"""Copying a source folder out of an object store: piece by piece, within bounds, each file as one version of it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evenhand.foundation.errors import InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

STORES = {
    "s3": "Amazon S3 and what speaks like it",
    "gs": "Google Cloud Storage",
    "az": "Azure Blob Storage",
    "abfss": "Azure Data Lake Storage",
}
"""By the scheme of the address."""
_PIECE_BYTES = 16 * 1024 * 1024
_SIGNED = re.compile(r"\?\S+")
"""What follows a question mark in an address may sign in, as with Azure's shared access signatures."""


@dataclass(frozen=True)
class Bounds:
    """The most that is copied.

    Attributes
    ----------
    n_files
        Files of one folder.
    file_bytes, all_bytes
        One file, and all of them.
    """

    n_files: int = 200
    file_bytes: int = 8 * 1024**3
    all_bytes: int = 32 * 1024**3


def is_store(source: str) -> bool:
    """Say whether a source is the address of an object store, by its scheme."""
    scheme, mark, _ = source.partition("://")
    return bool(mark) and scheme.lower() in STORES


def show_address(address: str) -> str:
    """Return an address without anything that signs in."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}".rstrip("/")


def copy_folder(
    address: str,
    to: Path,
    endings: Collection[str],
    *,
    bounds: Bounds | None = None,
    allow_http: bool = False,
    on_progress: Callable[[str, float], None] | None = None,
) -> str:
    """Copy the files of a folder, or a single one.

    Parameters
    ----------
    address
        ``s3://bucket/folder``. Who we are is taken from the environment, as the store's own tools take it
        (``AWS_ACCESS_KEY_ID``, ``GOOGLE_APPLICATION_CREDENTIALS``, ``AZURE_STORAGE_ACCOUNT_NAME`` …).
    to
        An empty folder.
    endings
        Of the files that are wanted; those in folders further down aren't.
    allow_http
        Only for a store on this machine.

    Returns
    -------
    str
        What the address is called in messages.

    Raises
    ------
    InputError
        Where there is nothing to read, or more than the bounds allow.
    SourceError
        Where the store doesn't answer or doesn't let us in.
    """
    bounds, shown = bounds or Bounds(), show_address(address)
    try:
        import obstore  # noqa: PLC0415 - an extra
        from obstore.store import from_url  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError({"source": f"object stores need {error.name}: pip install 'evenhand[objects]'"}) from None
    parts = urlsplit(address)
    if parts.username or parts.password or parts.query:
        raise InputError({"source": "the address must hold no key; put it into the environment"})
    options: Any = {"timeout": "120s", "connect_timeout": "10s", "allow_http": allow_http}
    retries: Any = {"max_retries": 4}
    with _telling(shown):
        name = PurePosixPath(parts.path).name
        is_file = PurePosixPath(name).suffix.lower() in endings
        root = address.rsplit("/", 1)[0] if is_file else address
        store = from_url(root.rstrip("/"), client_options=options, retry_config=retries)
        found = [obstore.head(store, name)] if is_file else list(_list(obstore, store, bounds))
        wanted = _pick([dict(one) for one in found], endings, bounds, shown)
        total, done = sum(int(one["size"]) for one in wanted) or 1, 0
        for one in wanted:
            file = PurePosixPath(str(one["path"])).name
            if on_progress is not None:
                on_progress(f"copying {file}", done / total)
            _copy(obstore, store, one, to / file)
            done += int(one["size"])
    return shown


def _list(obstore: Any, store: Any, bounds: Bounds) -> Iterator[dict[str, Any]]:
    """List the files of the folder itself, and no more than can be wanted."""
    listed = obstore.list_with_delimiter(store)["objects"]
    if len(listed) > 50 * bounds.n_files:
        raise InputError({"source": f"the folder holds {len(listed):,} files; give a folder of one export"})
    yield from listed


def _pick(found: list[dict[str, Any]], endings: Collection[str], bounds: Bounds, shown: str) -> list[dict[str, Any]]:
    named = [(PurePosixPath(str(one["path"])).name, one) for one in found]
    wanted = [
        (name, one)
        for name, one in sorted(named, key=lambda pair: pair[0])
        if PurePosixPath(name).suffix.lower() in endings and not name.startswith((".", "~$"))
    ]
    problems: dict[str, str] = {}
    if not wanted:
        problems["source"] = f"{shown} holds no file that ends in {', '.join(endings)}"
    if len(wanted) > bounds.n_files:
        problems["source"] = f"{shown} holds {len(wanted):,} files, more than {bounds.n_files:,}"
    for name, one in wanted:
        if int(one["size"]) > bounds.file_bytes:
            problems[name] = f"has {int(one['size']) / 2**30:.1f} GiB, more than {bounds.file_bytes / 2**30:.1f}"
    total = sum(int(one["size"]) for _, one in wanted)
    if total > bounds.all_bytes:
        problems["source"] = f"the files have {total / 2**30:.1f} GiB, more than {bounds.all_bytes / 2**30:.1f}"
    if problems:
        raise InputError(problems)
    return [one for _, one in wanted]


def _copy(obstore: Any, store: Any, one: dict[str, Any], to: Path) -> None:
    """Copy a file in pieces, all of the version that was listed."""
    size, tag = int(one["size"]), one.get("e_tag")
    with to.open("wb") as file:
        for start in range(0, size, _PIECE_BYTES):
            end = min(start + _PIECE_BYTES, size)
            options = {"range": (start, end)} | ({"if_match": tag} if tag else {})
            piece = bytes(obstore.get(store, one["path"], options=options).bytes())
            if len(piece) != end - start:
                raise SourceError("object store", f"{to.name} came in cut off; run the same again", transient=True)
            file.write(piece)


# What obstore raises or a server answers, in the order in which it is looked for.
_WORDS = (
    ("NotFoundError", "404 Not Found", "there is no such bucket, folder or file: see the address", False),
    ("PermissionDeniedError", "403 Forbidden", "this key may not list or read it: grant reading to it", False),
    (
        "UnauthenticatedError",
        "401 Unauthorized",
        "the key is wrong or missing: see the store's variables in the environment",
        False,
    ),
    ("PreconditionError", "412 Precondition", "a file was replaced while it was read: run the same again", True),
)


@contextmanager
def _telling(shown: str) -> Iterator[None]:
    """Say what a store's error means, without what signs in."""
    from obstore import exceptions  # noqa: PLC0415 - an extra

    try:
        yield
    except exceptions.BaseError as error:
        said = " ".join(_SIGNED.sub("", str(error)).split())[:300]
        for name, answer, words, is_transient in _WORDS:
            if isinstance(error, getattr(exceptions, name)) or answer in said:
                raise SourceError(shown, f"{words}. It said: {said}", transient=is_transient) from None
        fix = (
            "see the address and the region, that this machine gets there, and the store's variables in the environment"
        )
        raise SourceError(shown, f"it doesn't answer: {fix}. It said: {said}", transient=True) from None
    except ValueError as error:
        raise InputError({"source": f"this address can't be read: {_SIGNED.sub('', str(error))[:200]}"}) from None
