"""An entry added after a release leaves the hash of a policy alone until it says something new."""

import pytest

from evenhand.policy import Policy
from evenhand.policy.entries import Section, entry, list_in_force


class Before(Section):
    weeks: int = entry(2, "Shortest warm handoff.", unit="weeks")
    reminder: int | None = entry(None, "Reminder.", optional=True)


class Inner(Section):
    added: str = entry("new", "Of an inner section.", as_before="old")


class After(Before):
    added: int | None = entry(None, "Added later.", as_before=None, optional=True)
    changed: int = entry(3, "Added later, with a default that is no longer what things were like.", as_before=2)
    inner: Inner = Inner()


@pytest.mark.parametrize(
    ("values", "says_more"),
    [
        ({"changed": 2, "inner": {"added": "old"}}, {}),
        ({"changed": 2}, {"inner": {"added": "new"}}),
        ({"inner": {"added": "old"}}, {"changed": 3}),
        ({"changed": 2, "added": 0, "inner": {"added": "old"}}, {"added": 0}),
    ],
)
def test_what_says_nothing_new_is_left_out(values: dict[str, object], says_more: dict[str, object]) -> None:
    before = list_in_force(Before())
    assert before == {"weeks": 2, "reminder": "off"}
    assert list_in_force(After.model_validate(values)) == before | says_more


def test_an_added_entry_counts_once_it_says_something_new() -> None:
    assert Policy.of({"sending": {"most_tries": 8}}).content_hash == Policy().content_hash
    assert Policy.of({"sending": {"most_tries": 9}}).content_hash != Policy().content_hash
    assert Policy().content_hash != Policy.of({"bands": {"potential": 0.1}}).content_hash
