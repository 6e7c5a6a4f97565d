"""Whatever is decided of whatever disputes, nobody is paid twice and nothing is lost."""

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.handoff.credit import divide_credit
from evenhand.handoff.disputes import DISPUTES_SCHEMA, settle_disputes

DAY = dt.date(2026, 12, 1)
REPS = st.sampled_from(("R1", "R2", None))
SHARES = st.floats(0, 1) | st.sampled_from((0.0, 0.5, 1.0))


@settings(max_examples=60, deadline=None)
@given(
    deals=st.lists(st.tuples(st.integers(0, 10**12), REPS, SHARES), min_size=1, max_size=8),
    decisions=st.lists(st.tuples(st.integers(0, 7), st.none() | SHARES, st.integers(0, 9)), max_size=8),
)
def test_the_parts_of_every_deal_add_up_to_its_amount(deals, decisions):
    rows = [
        {"opportunity_id": f"O{i}", "account_id": "A", "won_on": DAY, "paid_cents": amount, "credit_from": "R0",
         "credit_to": to, "share_from": share if to else 1.0, "why": "by rule"}
        for i, (amount, to, share) in enumerate(deals)
    ]  # fmt: skip
    ledger = pl.DataFrame(rows, schema_overrides={"credit_to": pl.String})
    raised = [
        {"opportunity_id": f"O{i}", "rep_id": "R0", "raised_on": DAY, "reason": "mine", "share_from": share,
         "decided_on": DAY + dt.timedelta(days=days), "decided_by": "ops", "answer": "so"}
        for i, share, days in decisions if i < len(deals)
    ]  # fmt: skip
    settled = settle_disputes(divide_credit(ledger), ledger, pl.DataFrame(raised, schema=DISPUTES_SCHEMA))
    paid = settled.group_by("opportunity_id").agg(pl.col("credit_cents").sum(), pl.col("share").sum())
    assert {deal: cents for deal, cents, _ in paid.iter_rows()} == {r["opportunity_id"]: r["paid_cents"] for r in rows}
    assert all(abs(share - 1) < 1e-9 for share in paid["share"])
