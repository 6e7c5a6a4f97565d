import csv
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from evenhand.adapters.files.firm import write_firm
from evenhand.adapters.files.sources import read_source
from evenhand.app.sample import make_firm
from evenhand.book.admit import Admission, admit_tables
from evenhand.foundation.errors import Refusal
from evenhand.foundation.findings import Severity

AS_OF = date(2026, 9, 30)


def admit(folder: Path) -> Admission:
    read = read_source(folder)
    return admit_tables(read.tables, as_of=AS_OF, findings=read.findings, rejects=read.rejects)


def small(**arguments: object) -> object:
    return make_firm(**({"n_accounts": 400, "n_territories": 8} | arguments))


@pytest.mark.parametrize("story", ["drift", "rep-left", "new-hire", "layoff", "new-product", "graduation"])
def test_a_clean_firm_is_admitted_whole_and_without_a_warning(tmp_path: Path, story: str) -> None:
    firm = small(story=story)
    write_firm(firm, tmp_path / "firm")
    admission = admit(tmp_path / "firm")
    assert admission.n_rejected == 0
    assert [finding for finding in admission.findings if finding.severity is not Severity.NOTE] == []
    assert {name: table.height for name, table in admission.book.tables.items()} == {
        name: table.height for name, table in firm.tables.items()
    }


def test_the_dirt_of_a_firm_is_all_found(tmp_path: Path) -> None:
    firm = make_firm(dirty=0.004)
    write_firm(firm, tmp_path / "firm")
    found: dict[tuple[str, str], set[int]] = {}
    codes = set()
    for finding in admit(tmp_path / "firm").findings:
        codes.add(finding.code)
        found.setdefault((finding.code, finding.subject), set()).update(finding.evidence.get("rows", []))
        if finding.evidence.get("n_rows", 0) > len(finding.evidence.get("rows", [])):
            found[finding.code, finding.subject].add(-finding.evidence["n_rows"])
    for table, under, row, code in firm.truth["dirty_rows"].select(
        "table", "reported_under", "row", "expected"
    ).iter_rows():  # fmt: skip
        rows = found.get((code, f"{table}.{under}"), set())
        # A finding lists its first rows only; beyond them its count must make room.
        assert row in rows or min(rows, default=0) < 0, (table, under, row, code)
    assert firm.truth["file_encodings"] == {"reps": "cp1252"}
    assert "BK103" in codes


def test_dates_are_iso_and_flags_and_amounts_plain(tmp_path: Path) -> None:
    write_firm(small(), tmp_path / "firm")
    with (tmp_path / "firm" / "opportunities.csv").open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream))
    assert date.fromisoformat(row["created_on"]) <= date.fromisoformat(row["closed_on"])
    assert row["amount"].isdigit()
    assert row["is_won"] in {"true", "false"}


def test_the_same_firm_is_written_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_firm(small(story="new-product", dirty=0.05), tmp_path / name)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) > 20
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes(), file


def test_the_truth_is_beside_the_tables(tmp_path: Path) -> None:
    firm = small(story="graduation")
    write_firm(firm, tmp_path / "firm")
    truth = tmp_path / "firm" / "truth"
    assert json.loads((truth / "request.json").read_text())["n_accounts"] == 400
    story = json.loads((truth / "story.json").read_text())
    assert pl.read_csv(truth / story["accounts"]).height == firm.truth["story"]["accounts"].height
    assert "evenhand admit" in (tmp_path / "firm" / "README.md").read_text(encoding="utf-8")


def test_replaces_a_made_firm_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "firm"
    write_firm(small(), target)
    write_firm(small(seed=1), target)
    assert json.loads((target / "truth" / "request.json").read_text())["seed"] == 1
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    with pytest.raises(Refusal):
        write_firm(small(), mine)
    assert (mine / "notes.txt").read_text() == "keep"


def test_an_interruption_leaves_the_old_firm_whole(tmp_path: Path) -> None:
    target = tmp_path / "firm"
    write_firm(small(), target)

    def stop(what: str, share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_firm(small(seed=1), target, stop)
    assert json.loads((target / "truth" / "request.json").read_text())["seed"] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["firm"]


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    steps: list[float] = []
    write_firm(small(), tmp_path / "firm", lambda _, share: steps.append(share))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert len(steps) > 9
