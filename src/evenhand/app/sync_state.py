"""What is kept of a connection between syncs and during one, and the shape of the place that keeps it."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from evenhand.app.records import SourceField, SourceObject  # noqa: TC001 - as above

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from evenhand.app.records import Page


@dataclass(frozen=True)
class KeptObject:
    """An object whose records are kept.

    Attributes
    ----------
    read_to
        Records changed before this moment have been read.
    swept_at
        When the ids were last compared, or all records read.
    others
        Fields that could have been read too, by name: what isn't among them at the next sync is new.
    """

    name: str
    fields: tuple[SourceField, ...]
    key: str
    stamp: str | None
    read_to: dt.datetime
    swept_at: dt.datetime
    n_rows: int = 0
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptState:
    """What the last finished sync left; replaced as a whole, which is the moment in which a sync is done.

    Attributes
    ----------
    number
        Of the sync, from 1; 0 where there was none.
    changed_at
        When the last sync that changed anything began.
    """

    number: int = 0
    finished_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None
    objects: dict[str, KeptObject] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedObject:
    """How an object is read by a sync.

    Attributes
    ----------
    since
        Records changed at this moment or later are read; None for all.
    sweep
        Whether the ids of all records are read too, so that those that are gone are noticed.
    """

    object: SourceObject
    since: dt.datetime | None
    sweep: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The runs of pages it takes."""
        return (self.object.name, f"{self.object.name}.ids") if self.sweep else (self.object.name,)


@dataclass(frozen=True)
class SyncPlan:
    """What a sync is going to read, decided once and kept until it is done.

    Attributes
    ----------
    number
        Of the sync that this will be.
    started_at
        By the system's own clock, before anything was read.
    """

    number: int
    started_at: dt.datetime
    is_full: bool
    objects: tuple[PlannedObject, ...]

    def with_object(self, planned: PlannedObject) -> SyncPlan:
        """Return the plan with an object read in another way."""
        return replace(
            self, objects=tuple(planned if old.object.name == planned.object.name else old for old in self.objects)
        )


@dataclass(frozen=True)
class PagesSoFar:
    """How far a run of pages has come."""

    n_pages: int = 0
    resume: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether the last page is there."""
        return self.n_pages > 0 and self.resume is None


class Keep(Protocol):
    """Keeps one connection's state, its tables, and the pages of a sync that isn't done. Each write is whole or not."""

    def state(self) -> KeptState:
        """Return what the last finished sync left."""

    def table(self, name: str) -> pl.DataFrame | None:
        """Return an object's records as of then."""

    @property
    def tables_folder(self) -> Path:
        """Where the tables of the last finished sync are, a Parquet file an object."""

    def plan(self) -> SyncPlan | None:
        """Return the plan of a sync that isn't done."""

    def write_plan(self, plan: SyncPlan) -> None:
        """Begin a sync, or read an object in another way."""

    def so_far(self, part: str) -> PagesSoFar:
        """Return how far a run of pages has come."""

    def add_page(self, part: str, page: Page) -> None:
        """Keep a page with its token, both or neither."""

    def read_pages(self, part: str) -> list[Page]:
        """Return the pages kept, in order."""

    def forget_pages(self, part: str) -> None:
        """Drop a run of pages, to read it from its start."""

    def write_table(self, number: int, name: str, table: pl.DataFrame | None) -> None:
        """Keep a table for the state to come; None for the one of the present state."""

    def commit(self, state: KeptState) -> None:
        """Make that the state, and then drop what only the unfinished sync needed."""

    def drop_plan(self) -> None:
        """Forget a sync that isn't done; the state stays."""
