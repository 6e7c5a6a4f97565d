"""What holds for every handoff, whatever moves, whoever leaves."""

import datetime as dt
from collections import Counter

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.foundation.working_days import WorkingDays
from evenhand.handoff.credit import settle_credit
from evenhand.handoff.handoff import prepare_handoff
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
SEATS = ("T1", "T2", "T3")
PEOPLE = ("R1", "R2", "R3", "M")
DAYS = st.dates(AS_OF - dt.timedelta(days=40), AS_OF + dt.timedelta(days=200))


@st.composite
def cases(draw):
    n = draw(st.integers(1, 12))
    ids = [f"A{i:02}" for i in range(n)]
    sources = [draw(st.sampled_from(SEATS)) for _ in ids]
    targets = [draw(st.sampled_from([t for t in (*SEATS,) if t != source])) for source in sources]
    deals = [
        {
            "opportunity_id": f"O{i:02}",
            "account_id": draw(st.sampled_from(ids)),
            "rep_id": draw(st.sampled_from((*PEOPLE, None))),
            "type": draw(st.sampled_from(("new", "renewal", "expansion", None))),
            "stage_number": draw(st.sampled_from((None, *range(8)))),
            "amount_cents": draw(st.integers(0, 10**9)),
            "closed_on": draw(st.none() | DAYS),
            "is_closed": False,
            "is_won": False,
        }
        for i in range(draw(st.integers(0, 15)))
    ]
    left = st.none() | DAYS
    tables = {
        "accounts": [
            {"account_id": a, "territory_id": t, "country": draw(st.sampled_from((None, "US")))}
            for a, t in zip(ids, sources, strict=True)
        ],
        "territories": [{"territory_id": "G"}, *({"territory_id": t, "parent_territory_id": "G"} for t in SEATS)],
        "reps": [
            {"rep_id": r, "manager_id": "M" if r != "M" else None, "left_on": draw(left)} for r in PEOPLE
        ],
        "coverage": [
            {"rep_id": draw(st.sampled_from(PEOPLE)), "territory_id": t, "starts_on": draw(DAYS), "ends_on": draw(left)}
            for t in (*SEATS, "G")
            if draw(st.booleans())
        ],
        "opportunities": deals,
    }  # fmt: skip
    moves = pl.DataFrame(
        {
            "account_id": ids,
            "from_territory_id": sources,
            "to_territory_id": targets,
            "grade": [draw(st.sampled_from(("low", "medium", "high"))) for _ in ids],
            "potential": [1.0] * n,
        }
    )
    policy = Policy.of(
        {
            "handoff": {
                "introductions_per_week": draw(st.integers(1, 4)),
                "credit_share_from": draw(st.sampled_from((0.0, 0.25, 0.5, 1.0))),
                "credit_days": draw(st.sampled_from((0, 60))),
                "conversation_days": draw(st.integers(1, 4)),
                "transition_weeks_low": draw(st.integers(0, 2)),
            }
        }
    )
    off = draw(st.frozensets(DAYS, max_size=10))
    return tables, moves, policy, {"": WorkingDays(off), "US": WorkingDays(off | {dt.date(2026, 10, 12)})}


def hand_over(make_book, case):
    tables, moves, policy, days = case
    book = make_book(AS_OF, **tables)
    units = moves.select("account_id", unit_id="account_id")
    assignment = moves.select("account_id", territory_id="to_territory_id")
    return book, prepare_handoff(book, moves, assignment, units, policy, AS_OF + dt.timedelta(days=5), days)


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_every_open_deal_has_one_owner_on_every_day_and_shares_add_up(make_book, case):
    _, handoff = hand_over(make_book, case)
    ledger = handoff.ledger
    assert ledger["opportunity_id"].to_list() == sorted(row["opportunity_id"] for row in case[0]["opportunities"])
    assert (ledger["credit_share_from"] + ledger["credit_share_to"] == 1).all()
    span = handoff.timeline.span
    for row in ledger.iter_rows(named=True):
        if row["transfers_on"] is None:
            assert row["owner_until"] is None
            assert row["credit_share_from"] == 1
        else:
            assert row["owner_until"] + dt.timedelta(days=1) == row["transfers_on"]
            assert row["credit_to"] is not None
            assert row["transfers_on"] >= span.told_on
        if row["deadline_on"] is not None:
            assert row["transfers_on"] <= row["deadline_on"] + dt.timedelta(days=1)


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_nobody_is_surprised_and_nobody_has_more_introductions_than_time(make_book, case):
    _, handoff = hand_over(make_book, case)
    span, introductions = handoff.timeline.span, handoff.timeline.introductions
    assert introductions["account_id"].sort().to_list() == case[1]["account_id"].to_list()
    assert (introductions["introduce_on"] >= span.introductions_from).all()
    assert (introductions["transfers_on"] > introductions["introduce_on"]).all()
    assert (introductions["transfers_on"] >= span.earliest_on).all()
    tasks = {row["task_id"]: row for row in handoff.tasks.iter_rows(named=True)}
    for task in tasks.values():
        for before in (task["after"] or "").split(";"):
            if before:
                same_day = task["kind"] == "deal transfer"
                assert tasks[before]["due_on"] < task["due_on"] + dt.timedelta(days=same_day), (tasks[before], task)
    most = case[2].handoff.introductions_per_week
    working = case[3][""].between(span.introductions_from, span.introductions_from + dt.timedelta(days=400))
    week_of = {day: i // 5 for i, day in enumerate(working)}
    used = Counter()
    for row in introductions.filter(pl.col("kind") != "e-mail").iter_rows(named=True):
        moved_by_a_holiday = row["introduce_on"] == dt.date(2026, 10, 13)
        if row["introduce_on"] in week_of and not moved_by_a_holiday:
            used.update((rep, week_of[row["introduce_on"]]) for rep in {row["from_rep_id"], row["to_rep_id"]} - {None})
    assert all(n <= most for n in used.values())


@settings(max_examples=40, deadline=None)
@given(case=cases(), won_on=DAYS)
def test_credit_of_a_won_deal_adds_up_to_its_amount(make_book, case, won_on):
    book, handoff = hand_over(make_book, case)
    won = book.opportunities.with_columns(is_won=pl.lit(value=True), is_closed=pl.lit(value=True), closed_on=won_on)
    later = make_book(AS_OF + dt.timedelta(days=220), opportunities=won)
    credit = settle_credit(handoff.ledger, later)
    paid = dict(credit.group_by("opportunity_id").agg(pl.col("credit_cents").sum()).iter_rows())
    assert paid == {row["opportunity_id"]: row["amount_cents"] for row in case[0]["opportunities"]}


@settings(max_examples=20, deadline=None)
@given(case=cases(), seed=st.integers(0, 99))
def test_the_order_of_rows_is_irrelevant(make_book, case, seed):
    _, one = hand_over(make_book, case)
    tables, moves, policy, days = case
    shuffled = {
        name: rows[seed % max(len(rows), 1) :] + rows[: seed % max(len(rows), 1)] for name, rows in tables.items()
    }
    _, two = hand_over(
        make_book, (shuffled, moves.sample(fraction=1, shuffle=True, seed=seed).sort("account_id"), policy, days)
    )
    for name in ("ledger", "tasks", "changes"):
        assert getattr(one, name).equals(getattr(two, name))
