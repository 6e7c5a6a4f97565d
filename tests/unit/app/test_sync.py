"""The sync engine against a source whose every record is known: nothing lost, nothing doubled, whatever happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from evenhand.adapters.sources.kept import KeptConnection
from evenhand.app.record_tables import schema_of
from evenhand.app.records import (
    CursorGoneError,
    Discovery,
    FieldKind,
    Page,
    Quota,
    SourceField,
    SourceObject,
    Traffic,
)
from evenhand.app.sync import Cadence, Synced, sync_records
from evenhand.foundation.errors import Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T0 = dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
DEALS = SourceObject(
    "Deal",
    (
        SourceField("Id", FieldKind.ID),
        SourceField("Stage", FieldKind.CHOICE, "Stage"),
        SourceField("Amount", FieldKind.NUMBER, "Amount"),
        SourceField("Stamp", FieldKind.STAMP),
    ),
    key="Id",
    stamp="Stamp",
    tells_deleted=True,
)


class Books:
    """A source in memory: records with a stamp, three to a page, which can fail before any request."""

    system = "Books"

    def __init__(self, n: int = 10) -> None:
        self.clock = T0
        self.kinds = {"Deal": DEALS}
        self.records: dict[str, dict[str, Any]] = {}
        self.bin: dict[str, dt.datetime] = {}
        self.fails_at: set[int] = set()
        self.gone_cursor_at: set[int] = set()
        self.traffic = Traffic()
        for i in range(n):
            self.save(f"d{i:02d}", Stage="new", Amount=float(i))

    def save(self, key: str, **values: Any) -> None:
        self.clock += dt.timedelta(minutes=1)
        self.records[key] = {"Id": key, **self.records.get(key, {}), **values, "Stamp": self.clock}

    def delete(self, key: str, *, quietly: bool = False) -> None:
        self.clock += dt.timedelta(minutes=1)
        del self.records[key]
        if not quietly:
            self.bin[key] = self.clock

    def now(self) -> dt.datetime:
        self._ask()
        return self.clock

    def discover(self, more: object) -> Discovery:
        self._ask()
        return Discovery(tuple(self.kinds.values()))

    def pages(self, wanted: SourceObject, *, since: dt.datetime | None, resume: str | None) -> Iterator[Page]:
        rows = sorted(
            (row for row in self.records.values() if since is None or row["Stamp"] >= since), key=lambda row: row["Id"]
        )
        gone = tuple(key for key, at in self.bin.items() if since is not None and at >= since)
        yield from self._paged(rows, schema_of(wanted.fields), int(resume or 0), gone)

    def sweep(self, wanted: SourceObject, *, resume: str | None) -> Iterator[Page]:
        rows = [{"Id": key} for key in sorted(self.records)]
        yield from self._paged(rows, {"Id": pl.String()}, int(resume or 0), ())

    def _paged(self, rows: list[dict[str, Any]], schema: Any, at: int, gone: tuple[str, ...]) -> Iterator[Page]:
        while True:
            self._ask()
            end = at + 3
            resume = str(end) if end < len(rows) else None
            part = [{name: row.get(name) for name in schema} for row in rows[at:end]]
            yield Page(pl.DataFrame(part, schema=schema), resume, gone if at == 0 else ())
            if resume is None:
                return
            at = end

    def _ask(self) -> None:
        self.traffic.n_requests += 1
        if self.traffic.n_requests in self.gone_cursor_at:
            raise CursorGoneError("Books", "unknown cursor")
        if self.traffic.n_requests in self.fails_at:
            raise SourceError("Books", "is down", transient=True)


def sync(source: Books, keep: KeptConnection, **more: Any) -> Synced:
    return sync_records(source, keep, clock=lambda: T0, **more)


def rows_of(keep: KeptConnection) -> dict[str, Any]:
    table = keep.table("Deal")
    assert table is not None
    return {row["Id"]: {name: row[name] for name in ("Id", "Stage", "Amount")} for row in table.to_dicts()}


def truth(source: Books) -> dict[str, Any]:
    return {key: {name: row.get(name) for name in ("Id", "Stage", "Amount")} for key, row in source.records.items()}


@pytest.fixture
def keep(tmp_path: Path) -> KeptConnection:
    return KeptConnection(tmp_path / "books")


def test_the_first_sync_reads_all_and_the_next_only_what_changed(keep: KeptConnection) -> None:
    source = Books(30)
    first = sync(source, keep)
    assert (first.is_full, first.is_changed, first.objects[0].n_read) == (True, True, 30)
    assert rows_of(keep) == truth(source)
    source.save("d03", Stage="won")
    source.save("d99", Stage="new", Amount=1.0)
    source.delete("d05")
    second = sync(source, keep)
    assert rows_of(keep) == truth(source)
    (deal,) = second.objects
    assert (deal.how, deal.n_deleted, deal.n_rows) == ("changes", 1, 30)
    assert deal.n_read == 2 + 11  # what changed, and ten minutes of a record a minute, both ends included


def test_nothing_changed_is_said_and_keeps_the_moment_of_the_last_change(keep: KeptConnection) -> None:
    source = Books()
    first = sync(source, keep)
    source.clock += dt.timedelta(days=2)
    second = sync(source, keep)
    assert not second.is_changed
    assert second.changed_at == first.started_at
    assert second.number == 2


@pytest.mark.parametrize("n_fails", range(1, 12))
def test_a_failure_at_any_request_is_gone_on_from(keep: KeptConnection, n_fails: int) -> None:
    source = Books(20)
    source.fails_at = {n_fails}
    whole = Books(20)
    if n_fails <= 9:
        with pytest.raises(SourceError):
            sync(source, keep)
        before = source.traffic.n_requests
        done = sync(source, keep)
        assert done.is_resumed == (n_fails > 2)
        assert source.traffic.n_requests - before <= 9
    else:
        sync(source, keep)
    assert rows_of(keep) == truth(whole)
    assert keep.plan() is None


def test_a_page_is_read_once_after_a_failure(keep: KeptConnection) -> None:
    source = Books(20)
    source.fails_at = {7}
    with pytest.raises(SourceError):
        sync(source, keep)
    assert keep.so_far("Deal").n_pages == 4
    n_before = source.traffic.n_requests
    done = sync(source, keep, only_resume=True)
    assert source.traffic.n_requests - n_before == 1 + 3  # what there is, and the three pages that were missing
    assert done.objects[0].n_read == 20


def test_records_that_change_while_an_interrupted_sync_waits_are_not_lost(keep: KeptConnection) -> None:
    source = Books(20)
    source.fails_at = {7}
    with pytest.raises(SourceError):
        sync(source, keep)
    source.save("d00", Stage="lost")  # in a page that was read already
    source.delete("d01")
    sync(source, keep)
    sync(source, keep)
    assert rows_of(keep) == truth(source)


def test_a_forgotten_cursor_starts_the_object_again(keep: KeptConnection) -> None:
    source = Books(20)
    source.gone_cursor_at = {6}
    done = sync(source, keep)
    assert [finding.code for finding in done.findings] == ["CN122"]
    assert rows_of(keep) == truth(source)


def test_a_cursor_that_is_always_forgotten_ends(keep: KeptConnection) -> None:
    source = Books(20)
    source.gone_cursor_at = set(range(3, 100))
    with pytest.raises(CursorGoneError):
        sync(source, keep)


def test_what_vanished_without_a_word_is_found_by_its_id(keep: KeptConnection) -> None:
    source = Books()
    sync(source, keep)
    source.delete("d04", quietly=True)
    sync(source, keep)
    assert "d04" in rows_of(keep)
    source.clock += dt.timedelta(days=8)
    swept = sync(source, keep)
    assert "d04" not in rows_of(keep)
    assert swept.objects[0].n_deleted == 1
    assert swept.is_changed


def test_where_nothing_tells_of_deletions_ids_are_swept_each_time(keep: KeptConnection) -> None:
    source = Books()
    source.kinds["Deal"] = replace(DEALS, tells_deleted=False)
    sync(source, keep)
    source.delete("d04", quietly=True)
    sync(source, keep)
    assert rows_of(keep) == truth(source)


def test_what_has_no_stamp_is_read_wholly(keep: KeptConnection) -> None:
    source = Books()
    source.kinds["Deal"] = replace(DEALS, stamp=None)
    sync(source, keep)
    source.delete("d04", quietly=True)
    assert sync(source, keep).objects[0].how == "full"
    assert rows_of(keep) == truth(source)


def test_a_restored_record_is_back(keep: KeptConnection) -> None:
    source = Books()
    sync(source, keep)
    source.delete("d04")
    sync(source, keep)
    source.bin.clear()
    source.save("d04", Stage="new", Amount=4.0)
    sync(source, keep)
    assert rows_of(keep) == truth(source)


def test_a_renamed_field_is_named_with_its_successor_and_all_is_read_again(keep: KeptConnection) -> None:
    source = Books()
    sync(source, keep)
    fields = tuple(replace(field, name="Phase") if field.name == "Stage" else field for field in DEALS.fields)
    source.kinds["Deal"] = replace(DEALS, fields=fields)
    for row in source.records.values():
        row["Phase"] = row.pop("Stage")
    done = sync(source, keep, more={"Deal": ["Stage"]})
    (finding,) = done.findings
    assert (finding.code, str(finding.severity)) == ("CN112", "error")
    assert "Phase" in finding.hint
    assert done.objects[0].how == "full"
    table = keep.table("Deal")
    assert table is not None
    assert table["Phase"].null_count() == 0


def test_a_field_of_another_type_and_one_that_is_gone_are_named(keep: KeptConnection) -> None:
    source = Books()
    sync(source, keep)
    source.kinds["Deal"] = replace(
        DEALS,
        fields=(DEALS.fields[0], replace(DEALS.fields[1], kind=FieldKind.TEXT), DEALS.fields[3]),
    )
    done = sync(source, keep)
    assert {finding.code: str(finding.severity) for finding in done.findings} == {
        "CN111": "warning",
        "CN113": "warning",
    }


def test_an_object_that_can_no_longer_be_read_is_kept_and_said(keep: KeptConnection) -> None:
    source = Books()
    source.kinds["More"] = replace(DEALS, name="More")
    sync(source, keep)
    del source.kinds["More"]
    done = sync(source, keep)
    assert [finding.code for finding in done.findings] == ["CN103"]
    more = keep.table("More")
    assert more is not None
    assert more.height == 10
    sync(source, keep)
    assert keep.table("More") is not None


def test_fields_that_change_while_a_sync_waits_are_read_anew(keep: KeptConnection) -> None:
    source = Books(20)
    source.fails_at = {7}
    with pytest.raises(SourceError):
        sync(source, keep)
    source.kinds["Deal"] = replace(DEALS, fields=DEALS.fields[:2] + DEALS.fields[3:])
    sync(source, keep)
    table = keep.table("Deal")
    assert table is not None
    assert table.columns == ["Id", "Stage", "Stamp"]
    assert table.height == 20


def test_a_full_sync_that_is_asked_for_drops_a_partial_one(keep: KeptConnection) -> None:
    source = Books()
    sync(source, keep)
    source.save("d00", Stage="x")
    source.fails_at = {source.traffic.n_requests + 3}
    with pytest.raises(SourceError):
        sync(source, keep)
    done = sync(source, keep, is_full=True)
    assert done.is_full
    assert not done.is_resumed
    assert rows_of(keep) == truth(source)


def test_resuming_nothing_is_refused(keep: KeptConnection) -> None:
    with pytest.raises(Refusal, match="CN142"):
        sync(Books(), keep, only_resume=True)


def test_few_requests_left_are_said(keep: KeptConnection) -> None:
    source = Books()
    source.traffic.quota = Quota(950, 1000)
    assert [finding.code for finding in sync(source, keep).findings] == ["CN131"]


def test_the_overlap_reads_what_was_being_saved(keep: KeptConnection) -> None:
    source = Books()
    sync(source, keep)
    source.records["late"] = {
        "Id": "late",
        "Stage": "new",
        "Amount": 1.0,
        "Stamp": source.clock - dt.timedelta(minutes=5),
    }
    sync(source, keep, cadence=Cadence(overlap_minutes=1))
    assert "late" not in rows_of(keep)
    source.records["late"]["Stamp"] = source.clock - dt.timedelta(minutes=5)
    sync(source, keep, cadence=Cadence(overlap_minutes=10))
    assert "late" in rows_of(keep)


def test_two_syncs_at_a_time_are_refused(keep: KeptConnection) -> None:
    with keep.held(), pytest.raises(Refusal, match="CN141"), KeptConnection(keep.folder).held():
        pass
    with keep.held():
        pass


def test_only_what_counts_stays_on_disk(keep: KeptConnection) -> None:
    source = Books()
    for _ in range(3):
        sync(source, keep)
    assert sorted(path.name for path in keep.folder.iterdir()) == ["state.json", "tables-000003"]


def test_the_log_survives_a_line_cut_off(keep: KeptConnection) -> None:
    keep.folder.mkdir()
    keep.log({"n": 1})
    with (keep.folder / "log.jsonl").open("ab") as stream:
        stream.write(b'{"n": 2, "cut')
    assert keep.read_log() == [{"n": 1}]
