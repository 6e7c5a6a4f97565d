"""Each story of the made firm, from its files to the plan that its event asks for."""

import json
from pathlib import Path

import pytest

from evenhand.app.admit import admit_source
from evenhand.app.check import check_plan
from evenhand.app.plan import plan_book
from evenhand.app.sample import make_firm
from evenhand.wiring.container import connect_outside

STORIES = {
    "rep-left": ("PL151", "is given up"),
    "new-hire": ("PL150", "50 % of a full seat"),
    "layoff": ("PL151", "are given up"),
    "new-product": ("PL158", "rank correlation"),
    "graduation": ("PL156", "past a threshold by more than 10 %"),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_planned_with_its_event(story, tmp_path):
    outside = connect_outside()
    firm = make_firm(n_accounts=300, n_territories=12, seed=1, story=story)
    outside.write_firm(firm, tmp_path / "source", None)
    told = json.loads((tmp_path / "source" / "truth" / "story.json").read_text("utf-8"))
    admission = admit_source(outside, tmp_path / "source", to=tmp_path / "book")
    assert admission.book is not None
    plan = plan_book(outside, tmp_path / "book", to=tmp_path / "plan", events=[told["event"]], seconds=20)
    code, words = STORIES[story]
    assert words in " ".join(finding.message for finding in plan.findings if finding.code == code)
    assert check_plan(outside, tmp_path / "plan", admission.book).holds
    assert (tmp_path / "plan" / "overlay.csv").exists() == (story == "new-product")


def test_events_come_from_a_file_too(tmp_path):
    outside = connect_outside()
    firm = make_firm(n_accounts=150, n_territories=6, seed=1, story="drift")
    outside.write_firm(firm, tmp_path / "source", None)
    admit_source(outside, tmp_path / "source", to=tmp_path / "book")
    events = Path(tmp_path / "events.toml")
    events.write_text(
        '[[event]]\nkind = "rep-left"\nterritory = "T02"\n[[event]]\nkind = "new-hire"\nterritory = "N"\n'
    )
    plan = plan_book(outside, tmp_path / "book", to=tmp_path / "plan", events=[str(events)], seconds=20)
    assert plan.events == ("new-hire:territory=N,capacity_share=0.5", "rep-left:territory=T02")
