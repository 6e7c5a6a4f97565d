"""A session with a database that can only read: one snapshot for all tables, and a limit for each statement."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.adapters.sources.sql.infinity import read_infinity_as_null
from evenhand.adapters.sources.sql.troubles import make_source_error
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from evenhand.adapters.sources.sql.address import DatabaseAddress

CONNECT_SECONDS = 15
"""How long a server has to answer the first call."""
SQLITE_STEPS = 100_000
"""Steps of SQLite's machine between two looks at the clock."""

CONNECT: dict[str, dict[str, Any]] = {
    "postgresql": {"connect_timeout": CONNECT_SECONDS, "application_name": "evenhand"},
    "mysql": {"connect_timeout": CONNECT_SECONDS},
    "mariadb": {"connect_timeout": CONNECT_SECONDS},
    "mssql": {"timeout": CONNECT_SECONDS},
}
"""What a driver is told when it connects."""

PREPARE: dict[str, tuple[str, ...]] = {
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET statement_timeout = '{seconds}s'",
        "SET lock_timeout = '{seconds}s'",
        "SET TimeZone = 'UTC'",
    ),
    "mysql": (
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION max_execution_time = {milliseconds}",
        "SET time_zone = '+00:00'",
    ),
    "mariadb": (
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION max_statement_time = {seconds}",
        "SET time_zone = '+00:00'",
    ),
    "oracle": ("SET TRANSACTION READ ONLY",),
    "snowflake": (
        "ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}",
        "ALTER SESSION SET TIMEZONE = 'UTC'",
    ),
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA busy_timeout = 15000"),
}
"""What is said to a database before anything is read; kinds that aren't here rely on the user's rights alone."""


@contextmanager
def open_session(address: DatabaseAddress, *, statement_seconds: int) -> Iterator[Connection]:
    """Open a connection that reads one state of a database and changes nothing.

    Parameters
    ----------
    statement_seconds
        The longest that a statement may take, where the database can be told so.

    Raises
    ------
    SourceError
        Where it doesn't answer or doesn't let us in, with what to do; also for what goes wrong within.
    """
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - an extra

    engine = _make_engine(address)
    try:
        with engine.connect() as connection:
            for statement in PREPARE.get(address.kind, ()):
                said = statement.format(seconds=statement_seconds, milliseconds=1000 * statement_seconds)
                connection.exec_driver_sql(said)
            if address.kind == "sqlite":
                _limit_sqlite(connection, statement_seconds)
            if address.kind == "postgresql":
                read_infinity_as_null(connection)
            if address.kind != "oracle":
                # What was set counts from the next transaction on.
                connection.commit()
            yield connection
            connection.rollback()
    except SQLAlchemyError as error:
        raise make_source_error(address, error) from None
    finally:
        engine.dispose()


def _make_engine(address: DatabaseAddress) -> Engine:
    from sqlalchemy import create_engine  # noqa: PLC0415 - an extra
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    url, arguments = address.url, dict(CONNECT.get(address.kind, {}))
    if address.kind == "sqlite":
        file = _sqlite_file(url.database)
        # Opened for reading only; SQLite would make a file that isn't there.
        url = url.set(database=f"{file.resolve().as_uri()}", query={"mode": "ro", "uri": "true"})
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    except (SQLAlchemyError, ImportError) as error:
        raise make_source_error(address, error) from None


def _sqlite_file(name: str | None) -> Path:
    if not name or name == ":memory:":
        raise InputError({"source": "name the file of the database: sqlite:///firm.db, or sqlite:////srv/firm.db"})
    if not Path(name).is_file():
        raise InputError({"source": f"there is no database file {name}"})
    return Path(name)


def _limit_sqlite(connection: Connection, seconds: int) -> None:
    """Interrupt a statement that takes too long; SQLite has no setting for it."""
    from sqlalchemy import event  # noqa: PLC0415 - an extra

    began = [time.monotonic()]

    def look() -> int:
        return int(time.monotonic() - began[0] > seconds)

    def start(*_: Any) -> None:
        began[0] = time.monotonic()

    event.listen(connection, "before_cursor_execute", start)
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.set_progress_handler(look, SQLITE_STEPS)
