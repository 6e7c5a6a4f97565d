"""The connections of a workspace: a folder each, with a small file of what was filled in, its secrets encrypted."""

from __future__ import annotations

import re
import shutil
import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import tomli_w

from evenhand.adapters.partial import write_whole
from evenhand.adapters.sources.kept import KeptConnection
from evenhand.foundation.errors import InputError, Refusal, SourceError
from evenhand.foundation.secret import Secret
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from evenhand.adapters.sources.sealing import Seal

SETTINGS = "connection.toml"
MAPPING = "mapping.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
VERBS = ("add", "list", "show", "test", "remove", "map")
"""What `evenhand connect` does besides; no connection can be called that."""


@dataclass(frozen=True)
class Connection:
    """What was said of a connection.

    Attributes
    ----------
    settings
        As filled in, by the names of the vendor's form.
    more_fields
        Fields read besides the usual ones and those that the mapping names, by object.
    every_hours
        How often the workspace's worker syncs it; None for never by itself.
    """

    name: str
    vendor: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    more_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    every_hours: float | None = None


class Connections:
    """The folder with all connections.

    Parameters
    ----------
    home
        The folder; made when the first connection is.
    open_seal
        Gives what encrypts secrets; asked for only where there are any.
    """

    def __init__(self, home: Path, open_seal: Callable[[], Seal]) -> None:
        self.home, self._open_seal = home, open_seal

    def names(self) -> list[str]:
        """Return the names of all connections, in order."""
        if not self.home.is_dir():
            return []
        return sorted(path.parent.name for path in self.home.glob(f"*/{SETTINGS}"))

    def has(self, name: str) -> bool:
        """Say whether there is a connection of that name."""
        return _NAME.fullmatch(name) is not None and (self.home / name / SETTINGS).is_file()

    def folder(self, name: str) -> Path:
        """Return a connection's folder; InputError where there is none of that name."""
        if not self.has(name):
            raise InputError({"connection": f"there is no connection {name!r}.{say_nearest(name, self.names())}"})
        return self.home / name

    def kept(self, name: str) -> KeptConnection:
        """Return what a connection keeps."""
        return KeptConnection(self.folder(name))

    def mapping(self, name: str) -> Path:
        """Return the path of a connection's own mapping, whether it is there yet or not."""
        return self.folder(name) / MAPPING

    def load(self, name: str) -> Connection:
        """Return a connection with its secrets.

        Raises
        ------
        Refusal
            CN143 where the secrets can't be decrypted.
        """
        said = self._read(name)
        secrets = said.get("secrets", {})
        seal = self._open_seal() if secrets else None
        opened = {key: seal.open(text, f"{key} of {name}") for key, text in secrets.items()} if seal else {}
        return replace(_plain(name, said), secrets=opened)

    def look_up(self, name: str) -> Connection:
        """Return a connection without decrypting its secrets: they are there by name, and empty."""
        said = self._read(name)
        return replace(_plain(name, said), secrets={key: Secret("") for key in said.get("secrets", {})})

    def save(self, connection: Connection) -> None:
        """Write a connection, whole or not at all; its file is for its owner alone.

        Raises
        ------
        InputError
            Where the name can't be one.
        Refusal
            CN144 where a connection of that name has another vendor.
        """
        check_name(connection.name)
        if self.has(connection.name) and self.look_up(connection.name).vendor != connection.vendor:
            message = f"There is a connection {connection.name} to {self.look_up(connection.name).vendor} already."
            raise Refusal("CN144", message, "Choose another name, or remove it first.")
        seal = self._open_seal() if connection.secrets else None
        closed = {key: seal.close(secret) for key, secret in sorted(connection.secrets.items())} if seal else {}
        said: dict[str, Any] = {"vendor": connection.vendor}
        if connection.every_hours is not None:
            said["every_hours"] = connection.every_hours
        said["settings"] = dict(sorted(connection.settings.items()))
        if closed:
            said["secrets"] = closed
        if connection.more_fields:
            said["more_fields"] = {name: list(fields) for name, fields in sorted(connection.more_fields.items())}
        folder = self.home / connection.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            with write_whole(folder / SETTINGS) as partial:
                partial.touch(mode=0o600)
                partial.write_text(tomli_w.dumps(said), encoding="utf-8")
        except OSError as error:
            raise SourceError("disk", f"{folder} can't be written: {error.strerror or error}") from error

    def remove(self, name: str) -> None:
        """Forget a connection, its secrets and its records; books made of it stay."""
        folder = self.folder(name)
        (folder / SETTINGS).unlink()  # first: without it there is no connection, whatever else remains
        shutil.rmtree(folder, ignore_errors=True)

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder(name) / SETTINGS
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError({str(path): f"can't be read: {error}"}) from None


def check_name(name: str) -> None:
    """Raise InputError where a connection can't be called that."""
    if name in VERBS or not _NAME.fullmatch(name):
        message = f"{name!r} can't be a connection's name: small letters, digits, - and _"
        raise InputError({"name": f"{message}; not {', '.join(VERBS)}"})


def _plain(name: str, said: dict[str, Any]) -> Connection:
    more = {of: tuple(fields) for of, fields in said.get("more_fields", {}).items()}
    every = said.get("every_hours")
    return Connection(name, str(said.get("vendor", "")), said.get("settings", {}), {}, more, every)
