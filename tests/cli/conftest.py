"""Running the command line in this process, on a small made firm."""

import contextlib
import io
import sys
from dataclasses import dataclass

import pytest

from evenhand.cli.main import run


@dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run_command(*words: object) -> Ran:
    """Run ``evenhand WORDS`` and return its exit code and what it printed."""
    before = sys.argv
    sys.argv = ["evenhand", *map(str, words)]
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            run()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    finally:
        sys.argv = before
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def evenhand():
    """Return the command line as a function: ``evenhand("plan", book, "--to", plan)``."""
    return run_command


@pytest.fixture(scope="session")
def firm(tmp_path_factory):
    """Return a folder with the export, the book and the plan of a firm of 200 accounts."""
    folder = tmp_path_factory.mktemp("firm")
    for words in (
        ("sample", folder / "export", "--accounts", 200, "--territories", 4),
        ("admit", folder / "export", "--to", folder / "book"),
        ("plan", folder / "book", "--to", folder / "plan"),
    ):
        ran = run_command(*words)
        assert ran.code == 0, (words, ran.err)
    return folder
