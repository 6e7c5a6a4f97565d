"""Who is paid what, through the command line: the deals of a handoff, won in a newer book."""

import json

import polars as pl
import pytest


@pytest.fixture(scope="module")
def folder(evenhand, firm, tmp_path_factory):
    at = tmp_path_factory.mktemp("credit")
    planned = evenhand("plan", firm / "book", "--to", at / "plan", "--event", "layoff:territories=T02")
    assert planned.code == 0, planned.err
    made = evenhand(
        "handoff", at / "plan", "--book", firm / "book", "--to", at / "handoff", "--start", "2026-10-05", "--no-pdf"
    )
    assert made.code == 0, made.err
    ledger = pl.read_csv(at / "handoff" / "ledger.csv", try_parse_dates=True)
    newer = at / "export"
    newer.mkdir()
    for path in (firm / "export").glob("*.csv"):
        (newer / path.name).write_bytes(path.read_bytes())
    won = pl.col("opportunity_id").is_in(ledger["opportunity_id"].implode())
    pl.read_csv(newer / "opportunities.csv", infer_schema=False).with_columns(
        is_won=pl.when(won).then(pl.lit("true")).otherwise("is_won"),
        is_closed=pl.when(won).then(pl.lit("true")).otherwise("is_closed"),
        closed_on=pl.when(won).then(pl.lit("2026-12-01")).otherwise("closed_on"),
    ).write_csv(newer / "opportunities.csv")
    admitted = evenhand("admit", newer, "--to", at / "book", "--as-of", "2026-12-31")
    assert admitted.code == 0, admitted.err
    return at


def test_statements_add_up_to_what_was_won(evenhand, folder):
    made = evenhand("credit", folder / "handoff", "--book", folder / "book", "--format", "json")
    assert made.code == 0, made.err
    said = json.loads(made.out)
    ledger = pl.read_csv(folder / "handoff" / "ledger.csv")
    assert ledger.height > 0
    assert said["n_open"] == 0
    assert sum(row["credit_cents"] for row in said["statements"]) == ledger["amount_cents"].sum()
    deals = evenhand("credit", folder / "handoff", "--book", folder / "book", "--deals", "--format", "csv")
    assert {line.partition(",")[0] for line in deals.out.splitlines()[1:]} == set(ledger["opportunity_id"])


def test_a_statement_for_each_rep_with_what_was_decided(evenhand, folder, tmp_path):
    ledger = pl.read_csv(folder / "handoff" / "ledger.csv")
    deal = ledger.filter(pl.col("credit_from").is_not_null(), pl.col("credit_to").is_not_null()).row(0, named=True)
    columns = "opportunity_id,rep_id,raised_on,reason,decided_on,decided_by,share_from,answer"
    row = f"{deal['opportunity_id']},{deal['credit_to']},2026-12-02,mine,2026-12-09,ops,0,yes"
    (tmp_path / "disputes.csv").write_text(f"{columns}\n{row}\n")
    words = ("credit", folder / "handoff", "--book", folder / "book", "--disputes", tmp_path / "disputes.csv")
    made = evenhand(*words, "--to", tmp_path / "out", "--format", "json")
    assert made.code == 0, made.err
    parts = [row for row in json.loads(made.out)["deals"] if row["opportunity_id"] == deal["opportunity_id"]]
    assert [(part["rep_id"], part["credit_cents"]) for part in parts] == [(deal["credit_to"], deal["amount_cents"])]
    page = (tmp_path / "out" / "statements" / f"{deal['credit_to']}.html").read_text()
    assert "as it was decided" in page
    (tmp_path / "disputes.csv").write_text(f"{columns}\n{row.replace('mine', '')}\nO?,R1,x,y,,,,\n")
    wrong = evenhand(*words)
    assert wrong.code == 10, wrong.err
    assert "disputes.csv" in wrong.err


def test_a_book_from_before_the_handoff_and_a_folder_without_one_are_refused(evenhand, firm, folder, tmp_path):
    early = evenhand("credit", folder / "handoff", "--book", firm / "book")
    assert (early.code, "take a newer book" in early.err) == (10, True)
    assert evenhand("credit", tmp_path, "--book", folder / "book").code == 10
