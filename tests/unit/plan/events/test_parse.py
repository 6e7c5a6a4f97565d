"""Events as text and as TOML, every problem at once; and their order."""

import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.events import (
    Graduation,
    Layoff,
    MarketExpansion,
    Merge,
    NewHire,
    NewProduct,
    RepLeft,
    Split,
    order_events,
    parse_event,
    parse_events_toml,
    spell_events,
)

WRITTEN = [
    ("new-hire:territory=T99,capacity_share=0.5", NewHire("T99")),
    ('new-hire:territory=T9,capacity_share=0.5,like=T07,region="Troy, NY"', NewHire("T9", 0.5, "T07", "Troy, NY")),
    ("rep-left:territory=T07", RepLeft("T07")),
    ("layoff:territories=T03;T11", Layoff(("T03", "T11"))),
    ("merge:territories=T03;T04,into=T03", Merge(("T03", "T04"), "T03")),
    ("split:territory=T03,into=T03;T98,capacity_shares=1;0.5", Split("T03", ("T03", "T98"), (1.0, 0.5))),
    ("market-expansion:region=West,territory=T98", MarketExpansion(region="West", territory="T98")),
    ("graduation", Graduation()),
    ("graduation:way=up", Graduation("up")),
    ("new-product:layer=add-on", NewProduct("add-on", fit=("Retail:1.5", "Oil; gas:2"), seats=3)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "event"), WRITTEN[:-1])
def test_an_event_is_read_and_written_alike(text, event):
    assert parse_event(text) == event
    assert str(event) == text


@pytest.mark.parametrize("event", [event for _, event in WRITTEN])
def test_what_is_written_is_read_back(event):
    assert parse_event(str(event)) == event


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("merge:territories=T03,into=T03", "needs two"),
        ("split:territory=T03,into=T98", "two or more"),
        ("split:territory=T03,into=T3;T4,capacity_shares=1", "1 for 2 territories"),
        ("split:territory=T03,into=T3;T4,capacity_shares=1;x", "number"),
        ("market-expansion:territory=T98", "needs one of region"),
        ("market-expansion:region=a,vertical=b", "not region and vertical"),
        ("market-expansion:region=a,capacity_share=1", "name its territory"),
        ("graduation:way=sideways", "up, down or both"),
        ("new-product:layer=x,model=other", "own, layer or auto|auto, own or layer"),
        ("new-product:layer=x,seats=many", "whole number"),
        ("new-hire:territory=T1,territory=T2", "there twice"),
        ("rep-left:T07", "no value"),
    ],
)
def test_a_wrong_event_says_what_is_wrong(text, says):
    with pytest.raises(InputError, match=says):
        parse_event(text)


def test_a_file_has_several_events():
    events = parse_events_toml(
        '[[event]]\nkind = "layoff"\nterritories = ["T03", "T11"]\n'
        '[[event]]\nkind = "new-hire"\nterritory = "T99"\ncapacity_share = 0.25\n'
    )
    assert events == (Layoff(("T03", "T11")), NewHire("T99", 0.25))


def test_every_problem_of_a_file_is_named_at_once():
    with pytest.raises(InputError) as caught:
        parse_events_toml(
            'title = 1\n[[event]]\nkind = "layof"\n[[event]]\nkind = "rep-left"\nteritory = "T1"\n'
            '[[event]]\nkind = "merge"\nterritories = ["T1"]\ninto = "T1"\n',
            "e.toml",
        )
    names = " ".join(caught.value.problems)
    assert all(f"event {number}" in names for number in (1, 2, 3))
    assert "title" in names
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("text", ["[[event", "event = 1", ""])
def test_a_file_that_is_no_list_of_events_is_refused(text):
    with pytest.raises(InputError, match=r"TOML|\[\[event\]\]"):
        parse_events_toml(text)


def test_events_have_one_order():
    events = [event for _, event in WRITTEN]
    assert order_events(events) == order_events(events[::-1])
    kinds = [event.kind for event in order_events(events)]
    assert kinds[0] == "merge"
    assert kinds.index("new-hire") < kinds.index("graduation") < kinds.index("rep-left") < kinds.index("layoff")
    assert kinds[-1] == "new-product"


def test_texts_of_several_events_are_spelt_out_with_all_problems_at_once():
    toml = '[[event]]\nkind = "layoff"\nterritories = ["T03", "T11"]\n'
    lines = "rep-left:territory=T07\n\n  graduation:way=both\n"
    assert spell_events([toml, lines, ""]) == ("layoff:territories=T03;T11", "rep-left:territory=T07", "graduation")
    with pytest.raises(InputError) as caught:
        spell_events(["rep-gone:territory=T07\nlayof:territories=T1", "[[event]]\nkind = 1\n"])
    assert len(caught.value.problems) == 3
