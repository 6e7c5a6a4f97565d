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


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    """Return the folder of the book of a small firm to which nothing but drift has happened."""
    folder, outside = tmp_path_factory.mktemp("drift"), connect_outside()
    outside.write_firm(make_firm(n_accounts=150, n_territories=6, seed=1, story="drift"), folder / "source", None)
    admit_source(outside, folder / "source", to=folder / "book")
    return folder / "book"


DRIFTED = {
    "merge:territories=T02;T03,into=T02": ("PL153", "T03 merges into T02", "T03 merges into T02"),
    "split:territory=T01,into=T01;NEW": ("PL154", "T01 is split into T01 and NEW", "T01 is split"),
    "market-expansion:vertical=Healthcare,territory=NEW": ("PL155", "NEW is opened at", ""),
}


@pytest.mark.parametrize("event", DRIFTED)
def test_what_no_story_tells_is_planned_on_the_made_firm(event, drifted, tmp_path):
    outside = connect_outside()
    plan = plan_book(outside, drifted, to=tmp_path / "plan", events=[event], seconds=10)
    code, words, reason = DRIFTED[event]
    assert words in " ".join(finding.message for finding in plan.findings if finding.code == code)
    assert any(text.startswith(reason) for text in plan.moves["reason"])
    assert check_plan(outside, tmp_path / "plan", outside.read_book(drifted)).holds
    page = (tmp_path / "plan" / "report.html").read_text("utf-8")
    what, _, rest = page.partition('<h2 id="events-title">What happens</h2>')[2].partition("</section>")
    assert words in what
    assert words not in rest.partition('id="findings"')[2]


def test_events_come_from_a_file_too(drifted, tmp_path):
    outside = connect_outside()
    events = Path(tmp_path / "events.toml")
    events.write_text(
        '[[event]]\nkind = "rep-left"\nterritory = "T02"\n[[event]]\nkind = "new-hire"\nterritory = "N"\n'
    )
    plan = plan_book(outside, drifted, to=tmp_path / "plan", events=[str(events)], seconds=20)
    assert plan.events == ("new-hire:territory=N,capacity_share=0.5", "rep-left:territory=T02")
    assert any(text.startswith("T02 is given up; ") for text in plan.moves["reason"])
