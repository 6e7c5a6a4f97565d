"""The golden firm gives up a territory: every letter, list and calendar as when somebody last read all of them.

Where a change is meant, ``EVENHAND_UPDATE_GOLDEN=1 pytest tests/golden`` writes the new files; read their difference.
"""

import datetime as dt
import json
import os
import shutil
from pathlib import Path

import pytest

import evenhand as eh
from evenhand.app.handoff import hand_over
from evenhand.wiring.container import connect_outside

HERE = Path(__file__).parent
EXPECTED = HERE / "expected_handoff"
BRIEFS = 3
"""So many briefs and introductions are kept, the first by their names; the others are made of the same templates."""


def read_text(path):
    text = path.read_text(encoding="utf-8")
    if path.name == "handoff.json":
        # Hashes change with the version of what they are of.
        text = json.dumps({k: v for k, v in json.loads(text).items() if k != "hashes"}, indent=2, ensure_ascii=False)
    return text


def list_kept(folder):
    kept = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pdf"]
    few = [path for name in ("briefs", "introductions") for path in sorted((folder / name).iterdir())[BRIEFS:]]
    return {str(path.relative_to(folder)): path for path in sorted(kept) if path not in few}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden-handoff")
    book, _ = eh.admit(HERE / "firm", currency="USD")
    eh.write_book(book, folder / "book")
    book = eh.read_book(folder / "book")
    plan = eh.plan(book, events=[eh.Layoff(("T02",))])
    eh.write_plan(plan, book, folder / "plan")
    hand_over(connect_outside(), folder / "plan", folder / "book", to=folder / "out", starts_on=dt.date(2026, 10, 5))
    if os.environ.get("EVENHAND_UPDATE_GOLDEN"):
        shutil.rmtree(EXPECTED, ignore_errors=True)
        for name, path in list_kept(folder / "out").items():
            (EXPECTED / name).parent.mkdir(parents=True, exist_ok=True)
            (EXPECTED / name).write_text(read_text(path), encoding="utf-8", newline="")
    return folder / "out"


def test_every_file_is_there(made):
    assert set(list_kept(made)) == set(list_kept(EXPECTED))


@pytest.mark.parametrize("name", sorted(list_kept(EXPECTED)) if EXPECTED.exists() else [])
def test_every_file_is_as_expected(made, name):
    assert read_text(made / name) == (EXPECTED / name).read_text(encoding="utf-8")


def test_every_letter_is_a_pdf_of_few_pages(made):
    for path in made.glob("letters/*.html"):
        pdf = path.with_suffix(".pdf").read_bytes()
        assert pdf.startswith(b"%PDF")
        assert pdf.count(b"/MediaBox") <= (1 if "manager" in path.name else 3), path.name
