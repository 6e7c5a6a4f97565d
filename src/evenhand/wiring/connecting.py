"""The connections of this workspace: where they are, what encrypts their secrets, and opening one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evenhand.adapters.sources.connections import Connection, Connections, check_name
from evenhand.adapters.sources.vendors import load_vendor
from evenhand.foundation.errors import InputError
from evenhand.foundation.secret import Secret
from evenhand.foundation.spelling import say_nearest
from evenhand.wiring.environment import find_secret_key, read_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.adapters.sources.sealing import Seal
    from evenhand.app.ports import RecordSource

FOLDER = "connections"
_OLDER_KEYS = "secret.key.old"


def open_connections(home: Path | None = None) -> Connections:
    """Return the connections below a folder; the workspace's data folder where none is named."""
    environment = read_environment()
    data = environment.data if home is None else home
    return Connections(data / FOLDER, lambda: _open_seal(data))


def _open_seal(data: Path) -> Seal:
    """Make what encrypts secrets, with the workspace's key; keys that it had before, a line each, still decrypt."""
    from evenhand.adapters.sources.sealing import Seal

    environment = read_environment()
    keys = [find_secret_key(environment.model_copy(update={"data": data}))]
    older = data / _OLDER_KEYS
    if older.is_file():
        keys += [line.strip() for line in older.read_text("utf-8").splitlines() if line.strip()]
    return Seal([Secret(key) for key in keys])


def open_source(connection: Connection) -> RecordSource:
    """Return a connection's source of records; InputError naming everything that is missing."""
    return load_vendor(connection.vendor).open(connection.settings, connection.secrets)


def fill_in(
    connections: Connections,
    name: str,
    vendor_name: str | None,
    said: Mapping[str, str],
    secrets: Mapping[str, Secret],
    *,
    every_hours: float | None = None,
) -> Connection:
    """Put what was filled in together with what is kept of a connection of that name.

    Raises
    ------
    InputError
        Naming what is missing or not known to the vendor's form.
    """
    check_name(name)
    before = connections.load(name) if connections.has(name) else None
    if vendor_name is None and before is None:
        raise InputError({"vendor": "is needed for a new connection: --vendor salesforce"})
    vendor = load_vendor(vendor_name or (before.vendor if before else ""))
    known = {field.name: field for field in vendor.form}
    problems: dict[str, str] = {}
    for key, value in said.items():
        if key not in known:
            problems[key] = f"{vendor.label} has no such setting.{say_nearest(key, known)}"
        elif known[key].is_secret:
            problems[key] = "is a secret: it is asked for, or taken from an environment variable"
        elif known[key].choices and value not in known[key].choices:
            problems[key] = f"must be one of {', '.join(known[key].choices)}"
    for key in secrets:
        if key not in known or not known[key].is_secret:
            problems[key] = f"{vendor.label} has no such secret"
    if problems:
        raise InputError(problems)
    defaults = {field.name: field.default for field in vendor.form if field.default}
    settings = {**defaults, **(before.settings if before else {}), **said}
    settings = {key: value for key, value in settings.items() if key in known and known[key].belongs_to(settings)}
    kept = {**(before.secrets if before else {}), **secrets}
    kept = {key: secret for key, secret in kept.items() if key in known and known[key].belongs_to(settings)}
    start = before or Connection(name, vendor.name)
    hours = start.every_hours if every_hours is None else (every_hours or None)
    return replace(start, vendor=vendor.name, settings=settings, secrets=kept, every_hours=hours)


def find_missing(connection: Connection) -> list[str]:
    """Return the names of what the vendor's form still needs, in order."""
    return [
        field.name
        for field in load_vendor(connection.vendor).form
        if field.is_required
        and field.belongs_to(connection.settings)
        and not (connection.secrets.get(field.name) if field.is_secret else connection.settings.get(field.name))
    ]
