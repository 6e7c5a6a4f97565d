"""A plan of which a territory is given up, handed over through the command line."""

import datetime as dt
import json

import polars as pl
import pytest

START = "2026-10-05"


@pytest.fixture(scope="module")
def folder(evenhand, firm, tmp_path_factory):
    at = tmp_path_factory.mktemp("handoff")
    planned = evenhand("plan", firm / "book", "--to", at / "plan", "--event", "layoff:territories=T02")
    assert planned.code == 0, planned.err
    made = evenhand("handoff", at / "plan", "--book", firm / "book", "--to", at / "out", "--start", START)
    assert made.code == 0, made.err
    return at


def test_everything_is_in_the_folder(folder):
    out, moves = folder / "out", pl.read_csv(folder / "plan" / "moves.csv")
    assert {path.stem for path in (out / "briefs").iterdir()} == set(moves["account_id"])
    assert {path.stem for path in (out / "introductions").iterdir()} == set(moves["account_id"])
    summary = json.loads((out / "handoff.json").read_text())
    kinds = [letter["kind"] for letter in summary["letters"]]
    assert kinds == sorted(kinds, key=["manager", "losing", "gaining"].index)
    for letter in summary["letters"]:
        assert (out / "letters" / f"{letter['name']}.html").exists()
        assert (out / "letters" / f"{letter['name']}.pdf").read_bytes().startswith(b"%PDF")


def test_the_ledger_has_every_open_deal_of_a_moved_account_once(folder, firm):
    ledger = pl.read_csv(folder / "out" / "ledger.csv", try_parse_dates=True)
    moves = pl.read_csv(folder / "plan" / "moves.csv")
    deals = pl.read_parquet(firm / "book" / "opportunities.parquet")
    still_open = deals.filter(~pl.col("is_closed").fill_null(value=False), ~pl.col("is_won").fill_null(value=False))
    expected = still_open.join(moves, on="account_id", how="semi")["opportunity_id"].sort()
    assert ledger.height > 0
    assert ledger["opportunity_id"].to_list() == expected.to_list()
    assert (ledger["credit_share_from"] + ledger["credit_share_to"] == 1).all()


def test_no_gaining_letter_goes_out_before_the_losing_conversations(folder):
    tasks = pl.read_csv(folder / "out" / "tasks.csv", try_parse_dates=True)
    last = tasks.filter(pl.col("kind") == "losing conversation")["due_on"].max()
    first = tasks.filter(pl.col("kind") == "gaining message")["due_on"].min()
    assert dt.date(2026, 10, 5) <= last < first


def test_the_losing_letter_says_the_quota_to_the_cent(folder):
    summary = json.loads((folder / "out" / "handoff.json").read_text())
    name = next(
        letter["name"] for letter in summary["letters"] if letter["kind"] == "losing" and "T02" in letter["name"]
    )
    page = (folder / "out" / "letters" / f"{name}.html").read_text()
    quotas = pl.read_csv(folder / "plan" / "quotas.csv").filter(pl.col("territory_id") == "T02")
    opening = quotas.filter(pl.col("line") == "opening")["amount_cents"][0]
    assert f"${opening / 100:,.0f}" in page
    assert quotas["amount_cents"].sum() == 0
    assert "the territory is given up" in page


def test_a_territory_that_the_plan_opens_has_nobody_yet(evenhand, firm, tmp_path):
    event = "new-hire:territory=T99,capacity_share=0.5,like=T02"
    assert evenhand("plan", firm / "book", "--to", tmp_path / "plan", "--event", event).code == 0
    made = evenhand(
        "handoff", tmp_path / "plan", "--book", firm / "book", "--to", tmp_path / "out", "--no-pdf", "--format", "json"
    )
    assert made.code == 0, made.err
    found = {finding["code"]: finding for finding in json.loads(made.out)["findings"]}
    assert "T99" in str(found.get("HO103", found.get("HO104")))


def test_the_same_again_gives_the_same_files(evenhand, firm, folder, tmp_path):
    again = evenhand(
        "handoff", folder / "plan", "--book", firm / "book", "--to", tmp_path / "o", "--start", START, "--no-pdf"
    )
    assert again.code == 0
    for path in (tmp_path / "o").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / "out" / path.relative_to(tmp_path / "o")).read_bytes(), path.name


def test_a_handoff_is_not_replaced_by_a_repeated_command(evenhand, firm, folder):
    again = evenhand("handoff", folder / "plan", "--book", firm / "book", "--to", folder / "out")
    assert again.code == 12
    assert "AP102" in again.err


def test_another_book_and_a_changed_plan_are_refused(evenhand, firm, folder, tmp_path):
    evenhand("sample", tmp_path / "e", "--accounts", 150, "--territories", 3, "--seed", 5)
    assert evenhand("admit", tmp_path / "e", "--to", tmp_path / "b").code == 0
    other = evenhand("handoff", folder / "plan", "--book", tmp_path / "b", "--to", tmp_path / "o")
    assert (other.code, "isn't the book" in other.err) == (10, True)


def test_templates_of_the_firm_are_used(evenhand, firm, folder, tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "losing.md.jinja").write_text("# Liebe {{ to_name }}\n\n{{ n_leaving }} Kunden\n")
    words = (
        "handoff",
        folder / "plan",
        "--book",
        firm / "book",
        "--to",
        tmp_path / "o",
        "--templates",
        tmp_path / "t",
        "--no-pdf",
    )
    assert evenhand(*words).code == 0
    (letter, *_) = sorted((tmp_path / "o" / "letters").glob("*-losing-*.html"))
    assert "Kunden" in letter.read_text()
    (tmp_path / "t" / "losing.md.jinja").write_text("{% for %}")
    (tmp_path / "t" / "loosing.md.jinja").write_text("x")
    wrong = evenhand(*words, "--replace")
    assert wrong.code == 10
    assert "line 1" in wrong.err
    assert "loosing.md.jinja" in wrong.err
    assert sorted((tmp_path / "o" / "letters").glob("*-losing-*.html"))
