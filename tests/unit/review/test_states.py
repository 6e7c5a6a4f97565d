from pathlib import Path
from xml.etree import ElementTree

from evenhand.app.codes import explain_code
from evenhand.review.codes import CODES
from evenhand.review.diagram import draw_states, list_edges, tabulate_rules
from evenhand.review.permission import CODE_OF_NEED, NEEDS
from evenhand.review.states import RULES, Action, Need, Stage

DRAWN = Path(__file__).parents[3] / "docs" / "images" / "review-states.svg"


def test_the_picture_in_the_docs_is_drawn_from_the_rules():
    """To draw it again: ``python -c "from evenhand.review.diagram import draw_states as d; print(d(), end='')"``."""
    assert DRAWN.read_text("utf-8") == draw_states()


def test_the_picture_shows_every_stage_and_every_change_of_stage():
    texts = [item.text for item in ElementTree.fromstring(draw_states()).iter("{http://www.w3.org/2000/svg}text")]
    assert [text for text in texts if text in list(Stage)] == list(Stage)
    assert len(texts) == len(Stage) + len(list_edges())


def test_every_action_has_a_rule_and_every_need_is_asked_for_and_has_a_code():
    assert set(RULES) == set(Action)
    assert set(NEEDS) == set(CODE_OF_NEED) == set(Need)
    assert {need for rule in RULES.values() for need in rule.needs} == set(Need)
    assert len(set(CODE_OF_NEED.values())) == len(Need)
    assert set(CODE_OF_NEED.values()) <= set(CODES)
    assert explain_code("RV101").title


def test_every_stage_can_be_reached_and_only_ends_are_left_by_nothing():
    edges = list_edges()
    assert {Stage.DRAFT} | {to for _, to, _ in edges} == set(Stage)
    assert set(Stage) - {source for source, _, _ in edges} == {Stage.CLOSED, Stage.WITHDRAWN}


def test_the_table_names_every_action():
    table = tabulate_rules()
    assert all(f"| **{action}**" in table for action in Action)
