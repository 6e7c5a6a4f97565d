"""Reading the lines of a change set."""

import json

import pytest

from evenhand.app.push.reading import read_changes
from evenhand.foundation.errors import InputError

GOOD = {
    "system": "file", "object": "account", "id": "A1", "field": "owner_id", "before": None, "after": "R2",
    "on": "2026-10-15",
}  # fmt: skip


def test_lines_become_rows_and_empty_ones_are_passed_over():
    frame = read_changes(f"{json.dumps(GOOD)}\n\n", "changeset.jsonl")
    assert frame.select("id", "before", "after").rows() == [("A1", None, "R2")]


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        "[]",
        json.dumps({**GOOD, "on": "15.10.2026"}),
        json.dumps({**GOOD, "id": 7}),
        json.dumps({**GOOD, "id": None}),
        json.dumps({name: value for name, value in GOOD.items() if name != "after"}),
    ],
)
def test_every_line_that_cant_be_used_is_named(bad):
    with pytest.raises(InputError) as caught:
        read_changes("\n".join([bad, json.dumps(GOOD), bad]), "changeset.jsonl")
    assert list(caught.value.problems) == ["changeset.jsonl, line 1", "changeset.jsonl, line 3"]
