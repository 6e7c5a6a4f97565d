"""One small firm from its raw files to its plan: every figure as it was when somebody last looked at all of them.

Where a change is meant, ``EVENHAND_UPDATE_GOLDEN=1 pytest tests/golden`` writes the new files; read their difference.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

import evenhand as eh

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
FILES = (
    "moves.csv",
    "assignment.csv",
    "territories.csv",
    "quotas.csv",
    "quota_periods.csv",
    "fairness.csv",
    "ramp.csv",
    "bands.csv",
    "plan.json",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    book, findings = eh.admit(HERE / "firm", currency="USD")
    assert book is not None
    assert not [finding for finding in findings if finding.severity == "error"]
    eh.write_book(book, folder / "book")
    plan = eh.plan(eh.read_book(folder / "book"))
    eh.write_plan(plan, book, folder / "plan")
    if os.environ.get("EVENHAND_UPDATE_GOLDEN"):
        EXPECTED.mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(folder / "plan" / name, EXPECTED / name)
    return book, folder / "plan"


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_as_expected(made, name):
    _, folder = made
    found, expected = (folder / name).read_text(), (EXPECTED / name).read_text()
    if name == "plan.json":
        # Hashes of files and the version change with any of them; the seconds change every time.
        passing = ("seconds", "files", "version")
        found, expected = (
            {k: v for k, v in json.loads(text).items() if k not in passing} for text in (found, expected)
        )
    assert found == expected


def test_the_check_agrees(made):
    book, folder = made
    assert eh.check(folder, book).holds
