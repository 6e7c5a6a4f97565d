"""PostgreSQL's dates without an end, which Python's calendar doesn't have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection


def read_infinity_as_null(connection: Connection) -> None:
    """Read ``infinity``, and dates that Python's calendar lacks, as no date: in a book an open end is null."""
    from psycopg.errors import DataError  # noqa: PLC0415 - an extra
    from psycopg.types import datetime as types  # noqa: PLC0415

    driver: Any = connection.connection.driver_connection
    if not hasattr(driver, "adapters"):
        return

    def lenient(loader: type[Any]) -> type[Any]:
        def load(self: Any, data: Any) -> Any:
            try:
                return loader.load(self, data)
            except DataError:
                return None

        return type(loader.__name__, (loader,), {"load": load})

    for kind, text, binary in (
        ("date", types.DateLoader, types.DateBinaryLoader),
        ("timestamp", types.TimestampLoader, types.TimestampBinaryLoader),
        ("timestamptz", types.TimestamptzLoader, types.TimestamptzBinaryLoader),
    ):
        driver.adapters.register_loader(kind, lenient(text))
        driver.adapters.register_loader(kind, lenient(binary))
