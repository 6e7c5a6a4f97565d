"""Folders are written whole or not at all."""

import signal
import subprocess
import sys
import textwrap

import pytest

from evenhand.adapters.files.folders import clear_folder, write_folder
from evenhand.foundation.errors import Refusal, SourceError

MARKER = "mark.txt"


def text(words):
    return lambda path: path.write_text(words)


def write(target, words="new", *, replace=True):
    write_folder(target, {MARKER: text(words), "inner/file.txt": text(words)}, marker=MARKER, replace=replace)


def content(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.txt"))}


def test_a_folder_is_written_with_its_inner_folders(tmp_path):
    write(tmp_path / "a" / "b")
    assert content(tmp_path / "a" / "b") == {MARKER: "new", "inner/file.txt": "new"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_an_older_folder_is_replaced_only_when_told(tmp_path):
    write(tmp_path / "x", "old")
    with pytest.raises(Refusal, match="AP102"):
        write(tmp_path / "x", replace=False)
    assert content(tmp_path / "x")[MARKER] == "old"
    write(tmp_path / "x")
    assert content(tmp_path / "x")[MARKER] == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_isnt_ours_is_never_replaced(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("x", "file"):
        with pytest.raises(Refusal, match="AP101"):
            write(tmp_path / name)
    assert content(tmp_path / "x") == {"notes.txt": "mine"}


def test_a_failed_write_changes_nothing(tmp_path):
    write(tmp_path / "x", "old")

    def fail(path):
        raise OSError(28, "No space left on device")

    with pytest.raises(SourceError, match="No space left"):
        write_folder(tmp_path / "x", {MARKER: text("new"), "b.txt": fail}, marker=MARKER, replace=True)
    assert content(tmp_path / "x")[MARKER] == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("where", ["writing", "swapping"])
def test_kill_9_leaves_the_old_folder_or_the_new_one(tmp_path, where):
    write(tmp_path / "x", "old")
    code = f"""
    import os, signal, pathlib
    from evenhand.adapters.files import folders
    die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    target = pathlib.Path({str(tmp_path / "x")!r})
    if {where!r} == "swapping":
        real = pathlib.Path.rename
        def rename(self, to):
            if pathlib.Path(to) == target:
                die()
            return real(self, to)
        pathlib.Path.rename = rename
    last = die if {where!r} == "writing" else lambda p: p.write_text("z")
    writers = {{"{MARKER}": lambda p: p.write_text("new"), "z.txt": last}}
    folders.write_folder(target, writers, marker="{MARKER}", replace=True)
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert ran.returncode == -signal.SIGKILL
    if where == "writing":
        assert content(tmp_path / "x")[MARKER] == "old"
    # The next run finds the old folder again, wherever the killed one had put it, and cleans up.
    with pytest.raises(Refusal, match="AP102"):
        write(tmp_path / "x", replace=False)
    assert content(tmp_path / "x")[MARKER] == "old"
    write(tmp_path / "x")
    assert content(tmp_path / "x")[MARKER] == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_clearing_makes_or_empties(tmp_path):
    clear_folder(tmp_path / "x")
    (tmp_path / "x" / "a.txt").write_text("a")
    clear_folder(tmp_path / "x")
    assert list((tmp_path / "x").iterdir()) == []
