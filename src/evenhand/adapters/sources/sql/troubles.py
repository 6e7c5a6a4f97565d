"""What a database says when it doesn't answer, in words that say what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from evenhand.adapters.sources.sql.address import DatabaseAddress


@dataclass(frozen=True)
class Trouble:
    """One way in which a database says no.

    Attributes
    ----------
    states
        SQLSTATE codes, or the first two letters of their class.
    looks
        What the message looks like where there is no such code.
    means, fix
        For the person who reads it.
    is_transient
        Trying again later may help.
    """

    states: tuple[str, ...]
    looks: str
    means: str
    fix: str
    is_transient: bool = False


# SQLSTATE codes: PostgreSQL documentation, appendix A; the looks are those of libpq, SQLite and PyMySQL.
TROUBLES: tuple[Trouble, ...] = (
    Trouble(
        ("28P01", "28000", "1045"),
        r"password authentication failed|Access denied for user|Login failed|no password supplied",
        "the user or the password is wrong",
        "set the password in EVENHAND_SOURCE_PASSWORD (PostgreSQL: or in ~/.pgpass), and see that the user is right",
    ),
    Trouble(
        (),
        r"no pg_hba\.conf entry|no encryption",
        "the server doesn't let this user in from here",
        "ask its administrator for an entry in pg_hba.conf, or add ?sslmode=require to the address",
    ),
    Trouble(
        (),
        r"certificate|server does not support SSL|SSL (error|connection)|tls",
        "no safe connection could be made",
        "see that the server offers TLS and that ?sslrootcert= names the certificate it is signed with",
    ),
    Trouble(
        ("3D000", "1049"),
        r'database "[^"]*" does not exist|Unknown database',
        "there is no database of that name",
        "see the last part of the address",
    ),
    Trouble(
        (),
        r'role "[^"]*" does not exist',
        "the server knows no such user",
        "see the part of the address before the @",
    ),
    Trouble(
        (),
        r"could not translate host|Name or service not known|nodename nor servname|failed to resolve",
        "there is no host of that name",
        "see the host in the address, and that this machine may look names up",
    ),
    Trouble(
        ("08",),
        r"[Cc]onnection refused|No such file or directory|server closed the connection|Can't connect",
        "nothing answers there",
        "see host and port, that the database runs, and that a firewall lets this machine through",
        is_transient=True,
    ),
    Trouble(
        ("57014", "3024", "1969"),
        r"statement timeout|canceling statement|interrupted|maximum statement execution time",
        "a statement took longer than it may",
        "raise statement_seconds in [database] of the mapping, or make the query lighter",
    ),
    Trouble(
        (),
        r"timeout expired|timed out|[Cc]onnection timeout",
        "it did not answer in time",
        "see that host and port are right and that a firewall lets this machine through",
        is_transient=True,
    ),
    Trouble(
        ("53", "57P"),
        r"too many (clients|connections)|starting up|shutting down",
        "it takes no more work just now",
        "try again later",
        is_transient=True,
    ),
    Trouble(("42501",), r"permission denied|command denied", "the user may not read it", "grant SELECT on it"),
    Trouble(
        ("25006",),
        r"read-only transaction|attempt to write a readonly|not authorized|readonly database",
        "the query wants to change something, and sources are only read",
        "write it as a plain SELECT",
    ),
    Trouble(
        ("40001", "40P01"),
        r"database is locked|deadlock|conflict with recovery",
        "another writer is in the way",
        "try again later",
        is_transient=True,
    ),
    Trouble(
        ("42P01", "42703", "42883", "42601", "42804", "42725", "1054", "1146", "1064"),
        r"no such (table|column|function)|syntax error|does not exist|near \"",
        "the query doesn't fit the database",
        "mend it under [database.queries] of the mapping",
    ),
    Trouble(
        (),
        r"file is not a database|malformed|unable to open database",
        "it can't be read as a database",
        "see that it is the file you mean, that it is whole, and that you may read it",
    ),
)


def find_trouble(error: BaseException) -> Trouble | None:
    """Return which trouble an error of a driver is, None for one that isn't known."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if state is None and original.args and isinstance(original.args[0], int):
        state = str(original.args[0])
    if state:
        for trouble in TROUBLES:
            if any(state == code or (len(code) < 4 and state.startswith(code)) for code in trouble.states):
                return trouble
    text = str(original)
    return next((trouble for trouble in TROUBLES if re.search(trouble.looks, text)), None)


def describe_error(address: DatabaseAddress, error: BaseException) -> str:
    """Say what happened and what to do, without anything that signs in."""
    original = getattr(error, "orig", None) or error
    said = " ".join(address.clean(str(original)).split())
    trouble = find_trouble(error)
    if trouble is None:
        return f"it said: {said[:500] or type(original).__name__}"
    return f"{trouble.means}: {trouble.fix}. It said: {said[:500]}"


def make_source_error(address: DatabaseAddress, error: BaseException, what: str = "") -> SourceError:
    """Turn an error of a driver into one that a person can act on.

    Parameters
    ----------
    what
        What was being read, for instance ``table crm.account``.
    """
    trouble = find_trouble(error)
    place = f"{what}: " if what else ""
    return SourceError(
        address.shown,
        place + describe_error(address, error),
        transient=trouble is not None and trouble.is_transient,
    )
