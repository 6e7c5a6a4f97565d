"""The address of a database: which driver reads it, and how it is shown without its secrets."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from sqlalchemy import URL

HIDDEN = "***"
SECRET_WORDS = re.compile("pass|pwd|secret|token|key|credential|sslcert", re.IGNORECASE)
"""Names of an address's options whose values nobody may see."""


@dataclass(frozen=True)
class Driver:
    """What reads a kind of database.

    Attributes
    ----------
    name
        As SQLAlchemy calls it.
    module
        What has to be importable.
    install
        What a person installs to have it.
    """

    name: str
    module: str
    install: str


DRIVERS: dict[str, Driver] = {
    "postgresql": Driver("postgresql+psycopg", "psycopg", "'evenhand[sql]'"),
    "postgres": Driver("postgresql+psycopg", "psycopg", "'evenhand[sql]'"),
    "sqlite": Driver("sqlite", "sqlite3", "'evenhand[sql]'"),
    "mysql": Driver("mysql+pymysql", "pymysql", "pymysql"),
    "mariadb": Driver("mariadb+pymysql", "pymysql", "pymysql"),
    "mssql": Driver("mssql+pyodbc", "pyodbc", "pyodbc"),
    "oracle": Driver("oracle+oracledb", "oracledb", "oracledb"),
    "snowflake": Driver("snowflake", "snowflake.sqlalchemy", "snowflake-sqlalchemy"),
    "bigquery": Driver("bigquery", "sqlalchemy_bigquery", "sqlalchemy-bigquery"),
    "databricks": Driver("databricks", "databricks.sqlalchemy", "databricks-sqlalchemy"),
    "redshift": Driver("redshift+redshift_connector", "sqlalchemy_redshift", "sqlalchemy-redshift redshift_connector"),
    "duckdb": Driver("duckdb", "duckdb_engine", "duckdb-engine"),
    "trino": Driver("trino", "trino.sqlalchemy", "'trino[sqlalchemy]'"),
}
"""By the scheme of the address."""

FILES = {"sqlite", "duckdb"}
"""Kinds of which a database is a file on this machine."""


@dataclass(frozen=True)
class DatabaseAddress:
    """Where a database is.

    Attributes
    ----------
    url
        For SQLAlchemy, with everything that signs in.
    shown
        For people: driver, user, host and name, never a password or an option's value.
    secrets
        Texts that no message may hold.
    """

    url: URL = field(repr=False)
    shown: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def kind(self) -> str:
        """The kind of database, for instance ``postgresql``."""
        return self.url.get_backend_name()

    @property
    def holds_password(self) -> bool:
        """Whether anything secret stands in it."""
        return bool(self.secrets)

    def clean(self, text: str) -> str:
        """Return a message of the driver without what signs in."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text


def is_database(source: str) -> bool:
    """Say whether a source is the address of a database, by its scheme."""
    scheme = source.partition("://")[0].lower()
    return "://" in source and scheme.partition("+")[0] in DRIVERS


def find_file(text: str) -> Path | None:
    """Return the file on this machine that an address names, with links followed; None for a server.

    Raises
    ------
    InputError
        Where the address can't be read.
    """
    url = read_address(text).url
    if url.get_backend_name() not in FILES:
        return None
    return Path((url.database or "").removeprefix("file:")).resolve()


def read_address(text: str, *, password: str | None = None) -> DatabaseAddress:
    """Read the address of a database.

    Parameters
    ----------
    text
        ``postgresql://user@host/name`` and the like.
    password
        Used where the address has none.

    Raises
    ------
    InputError
        Where it can't be read, or the driver is missing, with what to install. The address is not repeated.
    """
    scheme = text.partition("://")[0].lower()
    kind = scheme.partition("+")[0]
    if kind not in DRIVERS:
        nearest = say_nearest(kind, DRIVERS)
        raise InputError(
            {"source": f"{kind}:// is no database that can be read.{nearest} Known: {', '.join(DRIVERS)}."}
        )
    driver = DRIVERS[kind]
    _check_installed("sqlalchemy", "'evenhand[sql]'", kind)
    from sqlalchemy import make_url  # noqa: PLC0415 - an extra
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The words of the library hold the address with its password.
        message = f"this {kind}:// address can't be read; write {kind}://user@host:port/name"
        raise InputError({"source": message}) from None
    if "+" not in scheme:
        _check_installed(driver.module, driver.install, kind)
        url = url.set(drivername=driver.name)
    if url.password is None and password and url.username:
        url = url.set(password=password)
    return DatabaseAddress(url, _show(url, kind), _secrets(url))


def _check_installed(module: str, install: str, kind: str) -> None:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise InputError({"source": f"{kind}:// needs {module.partition('.')[0]}: pip install {install}"})


def _show(url: URL, kind: str) -> str:
    if kind in FILES:
        return f"{kind}:{Path(url.database or ':memory:').name}"
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"{kind}://{user}{url.host or ''}{port}/{url.database or ''}"


def _secrets(url: URL) -> tuple[str, ...]:
    """Return the texts to hide, as they are and as an address writes them, longest first."""
    plain = [str(url.password)] if url.password else []
    for name, value in url.query.items():
        if SECRET_WORDS.search(name):
            plain += [value] if isinstance(value, str) else list(value)
    forms = {
        form for text in plain if text for form in (text, quote(text, safe=""), quote_plus(text), repr(text)[1:-1])
    }
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))
