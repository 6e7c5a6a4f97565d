"""The journal on disk."""

import pytest

from evenhand.adapters.sources.journal import FileJournal
from evenhand.foundation.errors import Refusal, SourceError


def test_lines_come_back_in_order_also_in_another_process(tmp_path):
    path = tmp_path / "new" / "journal.jsonl"
    with FileJournal(path) as journal:
        journal.append([{"n": 1}, {"n": "zwei"}])
        journal.append([])
        journal.append([{"n": 3}])
    with FileJournal(path) as journal:
        assert [entry["n"] for entry in journal.entries()] == [1, "zwei", 3]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("torn", ['{"n": 2', '{"n": "' + "x" * 200_000, "{"])
def test_a_line_that_a_crash_cut_off_is_cut_away(tmp_path, torn):
    path = tmp_path / "journal.jsonl"
    path.write_text('{"n": 1}\n' + torn)
    with FileJournal(path) as journal:
        journal.append([{"n": 3}])
        assert [entry["n"] for entry in journal.entries()] == [1, 3]


def test_a_journal_of_one_torn_line_is_empty(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text('{"n": 1')
    with FileJournal(path) as journal:
        assert list(journal.entries()) == []


def test_a_damaged_line_is_named_rather_than_passed_over(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text('{"n": 1}\nnonsense\n{"n": 3}\n')
    with FileJournal(path) as journal, pytest.raises(SourceError, match="line 2"):
        list(journal.entries())


def test_only_one_writes_at_a_time(tmp_path):
    path = tmp_path / "journal.jsonl"
    with FileJournal(path), pytest.raises(Refusal, match="PU104"):
        FileJournal(path)
    FileJournal(path).close()
