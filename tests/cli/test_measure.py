"""A plan of half a year ago, measured with today's book."""

import json

import pytest


@pytest.fixture(scope="module")
def books(evenhand, firm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("measure")
    admitted = evenhand("admit", firm / "export", "--to", folder / "before", "--as-of", "2026-03-31")
    assert admitted.code == 0, admitted.err
    assert evenhand("plan", folder / "before", "--to", folder / "plan").code == 0
    return folder


def test_every_moved_account_is_followed_up(evenhand, firm, books):
    words = ("measure", "--plan", books / "plan", "--before", books / "before", "--after", firm / "book")
    told = evenhand(*words, "--format", "json")
    assert told.code == 0, told.err
    outcome = json.loads(told.out)
    moves = (books / "plan" / "moves.csv").read_text().splitlines()[1:]
    assert sum(outcome["states"].values()) == len(moves) > 0
    # Nobody carried that plan out.
    assert set(outcome["states"]) <= {"not moved", "gone"}
    assert outcome["n_days"] == 183
    for view in ("team", "effects", "accounts"):
        assert evenhand(*words, "--show", view).code == 0


def test_the_books_may_not_be_swapped(evenhand, firm, books):
    words = ("measure", "--plan", books / "plan", "--before", firm / "book", "--after", books / "before")
    assert evenhand(*words).code == 10
