"""Where the workspace keeps its files: a folder a kind under the data folder, books and plans by content hash."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True)
class Shelf:
    """The data folder."""

    root: Path

    def upload(self, book_id: UUID | str) -> Path:
        """Return the folder of the files that were uploaded for a book."""
        return self.root / "uploads" / str(book_id)

    def admission(self, book_id: UUID | str) -> Path:
        """Return the folder of what admitting found: findings.json, rejected.csv."""
        return self.root / "admissions" / str(book_id)

    def book(self, content_hash: str) -> Path:
        """Return the book folder of that content."""
        return self.root / "books" / content_hash

    def diagnosis(self, book_hash: str, policy_hash: str) -> Path:
        """Return the folder of the diagnosis of a book under a policy."""
        return self.root / "diagnoses" / f"{book_hash[:32]}-{policy_hash[:16]}"

    def sheet(self, book_hash: str, policy_hash: str) -> Path:
        """Return the sheet of a book's accounts under a policy, which maps and searches show."""
        return self.root / "sheets" / f"{book_hash[:32]}-{policy_hash[:16]}.parquet"

    def plan(self, name: str) -> Path:
        """Return the plan folder of that name."""
        return self.root / "plans" / name

    def study(self, name: str) -> Path:
        """Return the folder of a frontier or of scenarios of that name."""
        return self.root / "studies" / name

    def handoff(self, name: str) -> Path:
        """Return the folder of a handoff's letters and tables of that name."""
        return self.root / "handoffs" / name

    def mails(self, handoff_id: UUID | str) -> Path:
        """Return the mails of a round of a handoff, by key."""
        return self.root / "mails" / f"{handoff_id}.json"

    @property
    def policy(self) -> Path | None:
        """The firm's policy, where there is one in the data folder."""
        path = self.root / "policy.toml"
        return path if path.is_file() else None

    def copy_in(self, source: Path, to: Path) -> None:
        """Copy a folder that was made elsewhere, whole or not at all; one that is there stays."""
        if to.exists():
            return
        to.parent.mkdir(parents=True, exist_ok=True)
        partial = to.with_name(f".{to.name}.copy")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial)
        partial.rename(to)


def open_shelf() -> Shelf:
    """Return the shelf of the workspace that the settings name."""
    from django.conf import settings

    return Shelf(Path(settings.DATA))
