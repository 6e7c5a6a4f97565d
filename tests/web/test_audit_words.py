"""The audit trail says what changed, in words, and leaves out what stayed."""

import pytest

from evenhand.web.templatetags.auditing import tell

HASH = "9a370173fb2116fd2164b567ce5d1cc2619a8d107fcae394252c60bd24134a12"
FLAG = "9a88ca53-154a-4d6f-9248-58de16a07070"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({}, []),
        ({"before": {"stage": "draft"}, "after": {"stage": "draft"}, "about": "", "reason": ""}, []),
        (
            {"before": {"stage": "in review", "approvals": []}, "after": {"stage": "approved", "approvals": ["V1"]}},
            ["stage: in review → approved", "approvals: + V1"],
        ),
        ({"before": {"plan_hash": ""}, "after": {"plan_hash": HASH}}, ["plan hash: 9a370173fb21"]),
        (
            {"before": {"flags": {FLAG: "open"}}, "after": {"flags": {FLAG: "accepted"}}, "reason": "A fair swap."},
            ["flags 9a88ca53-154: open → accepted", "reason: A fair swap."],
        ),
        ({"before": {"confirmed": ["M1", "M2"]}, "after": {"confirmed": []}}, ["confirmed: − M1, − M2"]),
        ({"scopes": ["read", "write"], "days": 0, "was": None}, ["scopes: read, write", "days: 0"]),
        ({"before": "Anna", "after": "Berta"}, ["before: Anna", "after: Berta"]),
        ({"policy": {"bands": {"potential": 0.1}}}, ["policy: bands potential 0.1"]),
    ],
)
def test_an_event_is_told_by_what_it_changed(detail, said):
    assert tell(detail) == said
