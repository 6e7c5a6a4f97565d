"""A connection's folder: its tables, its state, the pages of a sync that isn't done, and its log.

The state is one small file that is replaced as a whole; what it doesn't name doesn't count and is removed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
from pydantic import TypeAdapter, ValidationError

from evenhand.adapters.partial import write_whole
from evenhand.app.records import Page
from evenhand.app.sync_state import KeptState, PagesSoFar, SyncPlan
from evenhand.foundation.errors import Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATE = "state.json"
LOG = "log.jsonl"
_PLAN = "plan.json"
_STATE_FORM = TypeAdapter(KeptState)
_PLAN_FORM = TypeAdapter(SyncPlan)


class KeptConnection:
    """The folder of one connection, as a sync sees it (`evenhand.app.sync_state.Keep`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = folder / "journal"

    # -- the state ------------------------------------------------------------------------------------------------

    def state(self) -> KeptState:
        """Return what the last finished sync left."""
        path = self.folder / STATE
        if not path.is_file():
            return KeptState()
        try:
            return _STATE_FORM.validate_json(path.read_bytes())
        except (OSError, ValidationError):
            message = f"{path} can't be read: it was changed or damaged. Remove it to read everything anew."
            raise SourceError("connection", message) from None

    @property
    def tables_folder(self) -> Path:
        """Where the tables of the last finished sync are."""
        return self._tables(self.state().number)

    def table(self, name: str) -> pl.DataFrame | None:
        """Return an object's records as of then."""
        path = self.tables_folder / f"{name}.parquet"
        return pl.read_parquet(path, glob=False) if path.is_file() else None

    def write_table(self, number: int, name: str, table: pl.DataFrame | None) -> None:
        """Keep a table for the state to come; None for the one of the present state."""
        to = self._tables(number) / f"{name}.parquet"
        with self._failing(), write_whole(to) as partial:
            if table is None:
                shutil.copyfile(self.tables_folder / to.name, partial)
            else:
                table.write_parquet(partial, compression="zstd", compression_level=1)

    def commit(self, state: KeptState) -> None:
        """Make that the state, and then drop what only the unfinished sync needed."""
        with self._failing(), write_whole(self.folder / STATE) as partial:
            partial.write_bytes(_STATE_FORM.dump_json(state, indent=1))
        self._sync_folder()
        self.tidy()

    def tidy(self) -> None:
        """Remove what the state doesn't name: older tables, and the pages of syncs that are done."""
        state = self.state()
        plan = self.plan()
        for folder in self.folder.glob("tables-*"):
            if folder != self._tables(state.number) and (plan is None or folder != self._tables(plan.number)):
                shutil.rmtree(folder, ignore_errors=True)
        if plan is not None and plan.number <= state.number:
            self.drop_plan()

    def _tables(self, number: int) -> Path:
        return self.folder / f"tables-{number:06d}"

    # -- the journal ----------------------------------------------------------------------------------------------

    def plan(self) -> SyncPlan | None:
        """Return the plan of a sync that isn't done."""
        path = self._journal / _PLAN
        try:
            return _PLAN_FORM.validate_json(path.read_bytes()) if path.is_file() else None
        except (OSError, ValidationError):
            # Written by another version, or damaged: the state is whole, so that it is only slower to begin anew.
            return None

    def write_plan(self, plan: SyncPlan) -> None:
        """Begin a sync, or read an object in another way."""
        if self.plan() is None:
            shutil.rmtree(self._journal, ignore_errors=True)
        with self._failing(), write_whole(self._journal / _PLAN) as partial:
            partial.write_bytes(_PLAN_FORM.dump_json(plan))

    def drop_plan(self) -> None:
        """Forget a sync that isn't done; the state stays."""
        (self._journal / _PLAN).unlink(missing_ok=True)  # first, so that pages without a plan never count
        shutil.rmtree(self._journal, ignore_errors=True)

    def so_far(self, part: str) -> PagesSoFar:
        """Return how far a run of pages has come."""
        pages = self._pages(part)
        return PagesSoFar(len(pages), _said(pages[-1])["resume"]) if pages else PagesSoFar()

    def add_page(self, part: str, page: Page) -> None:
        """Keep a page with its token, both or neither."""
        to = self._journal / part / f"{len(self._pages(part)) + 1:06d}.parquet"
        said = json.dumps({"resume": page.resume, "deleted": page.deleted})
        with self._failing(), write_whole(to) as partial:
            page.rows.write_parquet(partial, compression="zstd", compression_level=1, metadata={"page": said})

    def read_pages(self, part: str) -> list[Page]:
        """Return the pages kept, in order."""
        return [
            Page(pl.read_parquet(path, glob=False), said["resume"], tuple(said["deleted"]))
            for path in self._pages(part)
            for said in (_said(path),)
        ]

    def forget_pages(self, part: str) -> None:
        """Drop a run of pages, to read it from its start."""
        folder = self._journal / part
        if folder.is_dir():
            gone = self._journal / f".{part}.gone-{os.getpid()}"
            folder.rename(gone)  # at once: half a run would look like one that stopped
            shutil.rmtree(gone, ignore_errors=True)

    def _pages(self, part: str) -> list[Path]:
        return sorted((self._journal / part).glob("[0-9]*.parquet"))

    # -- the log --------------------------------------------------------------------------------------------------

    def log(self, entry: dict[str, Any]) -> None:
        """Add a line to the log."""
        with self._failing(), (self.folder / LOG).open("ab") as stream:
            stream.write(json.dumps(entry, ensure_ascii=False, default=str).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def read_log(self, n_last: int = 50) -> list[dict[str, Any]]:
        """Return the last entries, the latest first; a line that was cut off by a crash is passed over."""
        path = self.folder / LOG
        if not path.is_file():
            return []
        entries: list[dict[str, Any]] = []
        for line in reversed(path.read_text("utf-8", errors="replace").splitlines()[-n_last:]):
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else sync this connection meanwhile; the system lets go of it when the process ends, however.

        Raises
        ------
        Refusal
            CN141 where another process does.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                message = f"Another sync of {self.folder.name} is running."
                raise Refusal("CN141", message, "Wait until it is done.") from None
            yield

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"{self.folder} can't be written: {error.strerror or error}. What was there stays as it was."
            raise SourceError("disk", message) from error


def _said(path: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(pl.read_parquet_metadata(path)["page"])
    return said
