from hypothesis import given
from hypothesis import strategies as st

from evenhand.review.trail import START, Link, find_tampered, hash_event


def chain(contents):
    links, before = [], START
    for number, content in enumerate(contents, start=1):
        own = hash_event(before, content)
        links.append(Link(number, content, before, own))
        before = own
    return links


EVENTS = [{"action": name, "actor": "a"} for name in ("asked", "flagged", "approved", "published")]


def test_a_trail_that_nobody_touched_holds():
    links = chain(EVENTS)
    assert find_tampered(links) is None
    assert find_tampered([]) is None
    assert find_tampered(links, last=(3, links[2].own)) is None


def test_a_changed_event_is_named():
    links = chain(EVENTS)
    links[1] = links[1]._replace(content={"action": "flagged", "actor": "b"})
    assert find_tampered(links).number == 2


def test_a_removed_event_shows_at_the_next_one():
    links = chain(EVENTS)
    assert find_tampered(links[:1] + links[2:]).number == 3
    assert find_tampered(links[1:]).number == 2


def test_a_trail_written_anew_or_cut_off_shows_against_what_was_written_down():
    links, other = chain(EVENTS), chain([{**event, "actor": "b"} for event in EVENTS])
    assert find_tampered(other) is None
    assert find_tampered(other, last=(4, links[3].own)).number == 4
    assert find_tampered(links[:3], last=(4, links[3].own)).number == 4


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers() | st.text()), min_size=1, max_size=8), st.data())
def test_any_single_change_shows_at_its_event(contents, data):
    links = chain(contents)
    i = data.draw(st.integers(0, len(links) - 1))
    links[i] = links[i]._replace(content={**links[i].content, "z": "slipped in"})
    assert find_tampered(links).number == i + 1
