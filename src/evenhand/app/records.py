"""What a CRM or database that is read again and again gives: objects with their fields, and pages of their records."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from evenhand.foundation.findings import Finding


class FieldKind(StrEnum):
    """What a field holds, in few words that fit every system."""

    ID = "id"
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    STAMP = "stamp"
    """A moment, in UTC."""


@dataclass(frozen=True)
class SourceField:
    """A field of an object, as the system describes it.

    Attributes
    ----------
    label
        What people see on their screens.
    choices
        The values that can be chosen (stages, record types, industries); empty where anything goes.
    is_custom
        Made by the firm, not by the vendor.
    """

    name: str
    kind: FieldKind
    label: str = ""
    choices: tuple[str, ...] = ()
    is_custom: bool = False


@dataclass(frozen=True)
class SourceObject:
    """An object (or table) of which records are read.

    Attributes
    ----------
    fields
        Those that are read, key and stamp among them; a column each in every page, in this order.
    more_fields
        Those that could be read too, where a mapping wants them.
    key
        The field that names a record once.
    stamp
        The field that says when a record was last changed; None where nothing does, and the object is read wholly
        each time.
    tells_deleted
        Whether pages since a moment tell of records deleted since; where they don't, the ids are swept each time.
    """

    name: str
    fields: tuple[SourceField, ...]
    key: str
    stamp: str | None = None
    tells_deleted: bool = False
    label: str = ""
    more_fields: tuple[SourceField, ...] = ()

    def field(self, name: str) -> SourceField | None:
        """Return the field of that name among those read, or None."""
        return next((known for known in self.fields if known.name == name), None)


@dataclass(frozen=True)
class Discovery:
    """What can be read now.

    Attributes
    ----------
    objects
        In the order in which they are read.
    findings
        Objects and fields that were wanted and aren't there or may not be seen, each with what to do.
    """

    objects: tuple[SourceObject, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Page:
    """Some records of an object.

    Attributes
    ----------
    rows
        A column for each field of the object (or the key alone, in a sweep), typed as `PAGE_DTYPES` of
        `evenhand.app.record_tables` says.
    resume
        With which the pages after this one are read, also by another process hours later; None after the last page.
    deleted
        Keys of records that are gone.
    """

    rows: pl.DataFrame
    resume: str | None = None
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quota:
    """What a system said of the requests that are left.

    Attributes
    ----------
    n_used, n_allowed
        Of the current window (a day with Salesforce); None where it wasn't said.
    words
        As it was said.
    """

    n_used: int | None = None
    n_allowed: int | None = None
    words: str = ""


class CursorGoneError(SourceError):
    """The place where reading stopped is no longer known to the system: the object is read from its start again."""


@dataclass
class Traffic:
    """What a source has cost so far."""

    n_requests: int = 0
    quota: Quota = field(default_factory=Quota)


@dataclass(frozen=True)
class Checked:
    """What testing a connection showed.

    Attributes
    ----------
    is_ok
        Whether it signs in and can read what a book needs at least.
    facts
        For people, in order: who it signed in as, which organisation, what remains of the quota.
    findings
        What is missing.
    """

    is_ok: bool
    facts: Mapping[str, str]
    findings: tuple[Finding, ...] = ()
