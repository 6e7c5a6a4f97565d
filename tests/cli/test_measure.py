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


def test_an_outcome_is_kept_as_a_folder_and_adds_up_with_earlier_ones(evenhand, firm, books, tmp_path):
    handoff = evenhand("handoff", books / "plan", "--book", books / "before", "--to", tmp_path / "handoff", "--no-pdf")
    assert handoff.code == 0, handoff.err
    words = ("measure", "--plan", books / "plan", "--before", books / "before", "--after", firm / "book")
    kept = evenhand(*words, "--handoff", tmp_path / "handoff", "--to", tmp_path / "outcome")
    assert kept.code == 0, kept.err
    folder = tmp_path / "outcome"
    told = json.loads((folder / "outcome.json").read_text())
    # The handoff says when accounts changed hands; without it, the book's date would count.
    assert told["moved_on"] > "2026-03-31"
    assert told["kept"]["moved_share"] == 0
    assert (folder / "summary.pdf").read_bytes()[:4] == b"%PDF"
    assert "Was the plan kept?" in (folder / "report.html").read_text()
    assert "Nothing is proposed" in (folder / "proposal.toml").read_text()
    assert evenhand("policy", "check", folder / "proposal.toml").code == 0
    assert evenhand(*words, "--to", folder).code == 12
    assert evenhand(*words, "--earlier", folder).code == 10, "the same cycle doesn't count twice"
    for view in ("grades", "kept", "costs", "balance", "quotas"):
        assert evenhand(*words, "--show", view, "--format", "json").code == 0
        assert evenhand(*words, "--show", view).code == 0


def test_what_was_paid_and_done_is_read_or_refused_by_name(evenhand, firm, books, tmp_path):
    words = ("measure", "--plan", books / "plan", "--before", books / "before", "--after", firm / "book")
    (tmp_path / "paid.csv").write_text("opportunity_id,amount\nO1,5\n")
    refused = evenhand(*words, "--paid", tmp_path / "paid.csv")
    assert refused.code == 10
    assert "rep_id" in refused.err
    (tmp_path / "done.csv").write_text("task_id,done_on\nK01,yesterday\n")
    assert evenhand(*words, "--done", tmp_path / "done.csv").code == 10
