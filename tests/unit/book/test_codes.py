from __future__ import annotations

import re
from pathlib import Path

import evenhand
from evenhand.book.codes import CODES

ROOMS = ("book", "adapters/files")


def codes_in_use() -> set[str]:
    source = Path(evenhand.__file__).parent
    return {
        code
        for room in ROOMS
        for path in (source / room).rglob("*.py")
        if not path.name.startswith("codes")
        for code in re.findall(r"[\"'](BK\d{3})[\"' ]", path.read_text("utf-8"))
    }


def test_every_code_that_is_used_is_explained_and_the_other_way_round() -> None:
    assert codes_in_use() == set(CODES)


def test_explanations_are_whole_sentences() -> None:
    for code, entry in CODES.items():
        assert entry.code == code
        assert all(text.endswith(".") for text in (entry.meaning, entry.why, entry.fix)), code
        assert not entry.title.endswith("."), code
