import datetime as dt

import polars as pl
import pytest

from evenhand.foundation.errors import InputError, Refusal
from evenhand.plan.edits import exclude, lock, move, move_alone
from evenhand.plan.edits.draft import open_draft
from evenhand.plan.events import RepLeft
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy


def codes(consequence):
    return [finding.code for finding in consequence.breaks]


@pytest.fixture(scope="module")
def draft(firm):
    book, policy, plan = firm
    assert plan.n_moves == 0
    return open_draft(plan, book, policy)


def test_the_consequence_is_what_a_hand_would_reckon(draft):
    consequence = draft.preview(move("A03", "T2"))
    potential = consequence.measures.filter(pl.col("measure") == "potential")
    assert potential.select("territory_id", "before", "after").rows() == [("T0", 105, 95), ("T2", 95, 105)]
    accounts = consequence.measures.filter(pl.col("measure") == "accounts")
    assert accounts.select("before", "after").rows() == [(4, 3), (3, 4)]
    assert consequence.accounts.rows() == [("A03", "T0", "T2", "low")]
    assert consequence.quota_cents == round(1_000_00 * 10 / 105)
    assert consequence.is_clean
    assert consequence.suggestion is None
    levels = dict(zip(consequence.levels["level"], consequence.levels["after"], strict=True))
    assert levels["low"] == 1
    assert levels["violation"] == 0


def test_a_broken_band_is_said_with_the_cheapest_repair(draft):
    consequence = draft.preview(move("A10", "T0"))
    assert codes(consequence) == ["PL301", "PL301"]
    assert consequence.breaks[0].message.startswith("T0 goes over its band for potential: 145, most 120")
    suggestion = consequence.suggestion
    assert suggestion.mends
    assert suggestion.violation == 0
    # T0 has 145 and T1 60, bands are 80 to 120: one shift of 25 or 30 from T0 to T1 does.
    assert len(suggestion.edits) == 1
    assert suggestion.edits[0].account_id in {"A01", "A02"}
    assert suggestion.edits[0].to == "T1"
    mended = draft.apply(move("A10", "T0")).apply_suggestion()
    assert mended.plan().violation == 0


def test_two_moves_are_tried_where_one_is_not_enough(build_small, small_policy):
    book = build_small(A01={"locked": True}, A02={"locked": True}, A22={"potential": 20.0})
    draft = open_draft(make_plan(book, small_policy), book, small_policy)
    consequence = draft.preview(move("A10", "T0"))
    if consequence.suggestion is not None:
        assert len(consequence.suggestion.edits) <= 2
        assert not {edit.account_id for edit in consequence.suggestion.edits} & {"A01", "A02", "A10"}


def test_locks_cool_down_segments_and_grades_are_said(make_book, build_small, small_policy):
    book = build_small(A10={"locked": True}, A11={"segment": "b"})
    tables = dict(book.tables)
    plan_book = make_book(
        as_of=dt.date(2026, 9, 30),
        accounts=tables["accounts"].select("account_id", "territory_id", "potential", "segment", "locked").to_dicts(),
        territories=[{"territory_id": "T0", "segment": "a"}, {"territory_id": "T1"}, {"territory_id": "T2"}],
        opportunities=[
            {"opportunity_id": "O1", "account_id": "A20", "stage_number": 4, "is_closed": False, "amount_cents": 1}
        ],
        ownership=[
            {"account_id": "A12", "territory_id": "T2", "starts_on": dt.date(2024, 1, 1)},
            {"account_id": "A12", "territory_id": "T1", "starts_on": dt.date(2026, 5, 1)},
        ],
    )
    draft = open_draft(make_plan(plan_book, small_policy), plan_book, small_policy)
    assert "PL305" in codes(draft.preview(move("A10", "T2")))
    assert "PL303" in codes(draft.preview(move("A11", "T0")))
    assert "PL306" in codes(draft.preview(move("A12", "T2")))
    assert "PL307" in codes(draft.preview(move("A20", "T1")))
    assert codes(draft.preview(move("A13", "T2"))) == []


def test_families_go_together_and_apart_only_with_a_word(build_small, small_policy):
    book = build_small(A13={"parent_account_id": "A12"})
    draft = open_draft(make_plan(book, small_policy), book, small_policy)
    together = draft.preview(move("A13", "T2"))
    assert together.accounts["account_id"].to_list() == ["A12", "A13"]
    assert "PL304" not in codes(together)
    alone = draft.apply(move_alone("A13", "T2"))
    assert alone.consequence.accounts["account_id"].to_list() == ["A13"]
    assert "PL304" in codes(alone.consequence)
    assert verify_plan(write_record(alone.plan(), render_policy(small_policy)), book).holds


def test_limits_on_moves_are_said(build_small):
    book = build_small()
    policy = Policy.of({"bands": {"potential": 0.2, "workload_ceiling": "off"}, "moves": {"most_moves": 1}})
    draft = open_draft(make_plan(book, policy), book, policy).move("A13", "T2")
    assert codes(draft.consequence) == []
    assert "PL302" in codes(draft.preview(move("A03", "T2")))


def test_an_account_left_in_an_emptied_territory_is_said(build_small):
    book = build_small()
    policy = Policy.of({"bands": {"potential": 1.0, "workload_ceiling": "off"}})
    plan = make_plan(book, policy, events=[RepLeft("T2")])
    draft = open_draft(plan, book, policy)
    assert "PL308" in codes(draft.preview(lock("A20")))
    assert "PL308" in codes(draft.preview(move("A10", "T2")))


def test_excluding_shrinks_the_targets_as_the_plan_does(firm):
    book, policy, plan = firm
    draft = open_draft(plan, book, policy).exclude("A00")
    potential = draft.consequence.measures.filter(pl.col("measure") == "potential").row(0, named=True)
    made = draft.plan()
    row = made.territories.filter(pl.col("measure") == "potential", pl.col("territory_id") == "T0").row(0, named=True)
    for name in ("after", "target", "lower", "upper"):
        assert potential[name] == pytest.approx(row[name]), name
    again = draft.move("A00", "T0")
    assert again.consequence.measures.filter(pl.col("measure") == "potential")["target"][0] == pytest.approx(100)
    assert codes(again.consequence) == ["PL309"]


def test_the_proof_of_an_edited_plan_holds_and_a_repair_never_makes_it_worse(firm):
    book, policy, plan = firm
    draft = open_draft(plan, book, policy).move("A10", "T0")
    edited = draft.plan()
    assert edited.edits == ("move:A10=T0",)
    assert edited.violation == pytest.approx(draft.consequence.levels["after"][0])
    assert verify_plan(write_record(edited, render_policy(policy)), book).holds
    repaired = draft.repair()
    made = repaired.plan()
    assert made.violation <= edited.violation
    assert dict(made.assignment.iter_rows())["A10"] == "T0"
    assert made.status == "optimal"
    assert [step.is_repair for step in made.steps] == [False, True]
    assert verify_plan(write_record(made, render_policy(policy)), book).holds
    assert repaired.undo() is draft


def test_nothing_to_undo_and_nothing_to_mend_are_refused(draft):
    with pytest.raises(Refusal, match="PL310"):
        draft.undo()
    with pytest.raises(Refusal, match="PL311"):
        draft.apply_suggestion()
    with pytest.raises(InputError, match="at least one"):
        draft.apply()
    with pytest.raises(InputError, match="there is no territory"):
        draft.move("A00", "T7")
    with pytest.raises(InputError, match="there is no territory 'G'"):
        draft.preview(exclude("A00"), move("A01", "G"))


def test_another_book_or_policy_is_refused(firm, build_small):
    book, policy, plan = firm
    with pytest.raises(InputError, match="another policy"):
        open_draft(plan, book, Policy())
    with pytest.raises(InputError, match="the plan was made from book"):
        open_draft(plan, build_small(A00={"potential": 41.0}), policy)
