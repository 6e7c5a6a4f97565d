"""The report of a plan says what the plan says, safely and the same every time."""

import dataclasses
import html as html_text
import itertools
import re

import polars as pl
import pytest

from evenhand.adapters.report import render_plan_report
from evenhand.adapters.report.moves_table import MOST_MOVES
from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.make import make_plan
from evenhand.plan.plan import LevelProof, Relaxation
from evenhand.policy import Policy

AS_TEXT = re.compile(r"<(style|script)>.*?</\1>", re.DOTALL)


@pytest.fixture(scope="module")
def rendered(firm):
    book, plan = firm
    return render_plan_report(plan, book)


@pytest.fixture(scope="module")
def page(rendered, read_page):
    return read_page(rendered)


def test_the_headline_says_what_moves_and_what_it_achieves(page, firm):
    book, plan = firm
    headline = f"{plan.n_moves} of {book.active_accounts.height} accounts move, and every territory ends within"
    assert headline in page.text


def test_the_same_plan_gives_the_same_bytes_whatever_the_time_it_took(rendered, firm):
    book, plan = firm
    assert render_plan_report(dataclasses.replace(plan, seconds=plan.seconds + 99.0), book) == rendered


def test_the_order_of_the_rows_does_not_matter(rendered, firm):
    book, plan = firm
    shuffled = dataclasses.replace(plan, moves=plan.moves.reverse(), assignment=plan.assignment.reverse())
    assert render_plan_report(shuffled, book) == rendered


def test_nothing_is_loaded_from_anywhere(page):
    for tag, attrs in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "src" not in attrs
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
        assert attrs.get("href", "#").startswith("#")


def test_only_the_page_s_own_style_and_script_may_run(rendered, page):
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert len(page.all("script")) == 1
    assert len(page.all("style")) == 1


def test_names_are_text_and_never_markup(rendered, page, firm):
    _, plan = firm
    hostile = plan.moves.filter(pl.col("name").str.contains("<script>"))["name"].to_list()
    assert hostile
    assert hostile[0] in page.text
    assert "alert('owned')" not in AS_TEXT.sub("", html_text.unescape(rendered).replace(hostile[0], ""))
    assert '"><img src=x onerror=alert(1)>' in page.text


def test_every_move_is_there_with_its_reason_evidence_and_alternative(page, firm):
    _, plan = firm
    for row in plan.moves.iter_rows(named=True):
        for part in ("account_id", "reason", "evidence", "alternative"):
            assert re.sub(r"\s+", " ", row[part])[1:] in page.text  # the first letter may be made a capital


def test_every_bridge_adds_up_to_the_new_quota_to_the_cent(rendered, firm):
    _, plan = firm
    bridges = re.findall(r'<table class="bridge">(.*?)</table>', rendered, re.DOTALL)
    assert len(bridges) == plan.quota_summary.height
    totals = []
    for bridge in bridges:
        amounts = [
            round(100 * float(amount.replace("−", "-").replace("+", "").replace("$", "").replace(",", "")))
            for amount in re.findall(r'<td class="n">([^<]+)</td>', bridge)
        ]
        assert sum(amounts[:-1]) == amounts[-1]
        totals.append(amounts[-1])
    assert sorted(totals) == sorted(plan.quota_summary["new_cents"].to_list())


def test_what_leaving_a_quota_would_have_meant_is_said(page, firm):
    _, plan = firm
    most = plan.quota_summary["unchanged_raise_share"].max()
    assert most > 0.01
    assert re.search(rf"Leaving the quota as it was would have been a raise of {100 * most:.1f}", page.text)


def test_a_fifth_gone_is_a_raise_of_a_quarter(firm, read_page):
    book, plan = firm
    summary = plan.quota_summary.with_columns(unchanged_raise_share=pl.lit(0.25))
    page = read_page(render_plan_report(dataclasses.replace(plan, quota_summary=summary), book))
    assert "Leaving the quota as it was would have been a raise of 25 %." in page.text.replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_it_is_built_for_screen_readers(page):
    assert page.all("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for name in ("href", "aria-labelledby", "data-for", "data-map"):
        targets = [part for _, attrs in page.elements if name in attrs for part in attrs[name].split()]
        assert all(target.removeprefix("#") in ids for target in targets), name
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") == "true" or "aria-labelledby" in svg


def test_the_map_needs_coordinates(page, make_book, firm, read_page):
    assert "map" in {section.get("id") for section in page.all("section")}
    book, plan = firm
    tables = dict(book.tables)
    tables["accounts"] = tables["accounts"].with_columns(latitude=pl.lit(None, pl.Float64))
    without = read_page(render_plan_report(plan, dataclasses.replace(book, tables=tables)))
    assert "map" not in {section.get("id") for section in without.all("section")}


def test_a_plan_that_moves_nothing_says_so(make_book, read_page):
    accounts = [{"account_id": f"A{i}", "territory_id": f"T{i % 2}", "potential": 10.0} for i in range(8)]
    book = make_book(accounts=accounts, territories=[{"territory_id": "T0"}, {"territory_id": "T1"}])
    policy = Policy.of({"bands": {"workload_ceiling": "off"}})
    page = read_page(render_plan_report(make_plan(book, policy), book))
    assert "No account needs to move: every territory is already within 15 % of its share of potential." in (page.text)
    assert "moves" not in {section.get("id") for section in page.all("section")}


def test_bands_that_cannot_be_met_are_explained(make_book, read_page):
    potentials = [100.0, 10.0, 10.0, 10.0]
    accounts = [
        {"account_id": f"A{i}", "territory_id": f"T{min(i, 1)}", "potential": amount}
        for i, amount in enumerate(potentials)
    ]
    book = make_book(accounts=accounts, territories=[{"territory_id": "T0"}, {"territory_id": "T1"}])
    plan = make_plan(book, Policy.of({"bands": {"workload_ceiling": "off"}}))
    assert plan.status == "infeasible_bands"
    page = read_page(render_plan_report(plan, book))
    assert "no plan can meet all bands" in page.text
    assert "none comes closer" in page.text
    section = next(section for section in page.all("section") if section.get("id") == "clash")
    assert section["aria-labelledby"] == "clash-title"
    assert plan.relaxation is not None
    for territory_id, _, words in plan.relaxation.binding:
        assert territory_id in page.text
        assert words in page.text


@pytest.mark.parametrize("proven", [True, False])
def test_none_is_said_to_come_closer_only_where_that_is_proven(firm, read_page, proven):
    book, plan = firm
    worst = LevelProof("violation", 0.2, 0.2 if proven else 0.1, proven)
    territories = plan.territories.with_columns(status_after=pl.lit("over"))
    levels = (worst, *(level for level in plan.levels if level.level != "violation"))
    unmet = dataclasses.replace(plan, status="infeasible_bands", violation=0.2, levels=levels, territories=territories)
    page = read_page(render_plan_report(unmet, book))
    assert "no plan can meet all bands" in page.text
    assert ("and none comes closer" in page.text) == proven
    assert ("whether one comes closer than this is open" in page.text) != proven


def test_the_widening_is_never_rounded_down(firm, read_page):
    book, plan = firm
    relaxation = Relaxation(0.02301, (("T01", "potential", "holds too much"),))
    page = read_page(render_plan_report(dataclasses.replace(plan, relaxation=relaxation), book))
    assert "±17.4 % instead of ±15 %" in page.text


def test_findings_are_listed_the_gravest_first(firm, read_page):
    book, plan = firm
    findings = (
        Finding("PL104", Severity.NOTE, "plan", "A small thing."),
        Finding("PL108", Severity.ERROR, "plan", "A <b>grave</b> thing.", "Do this."),
        Finding("PL102", Severity.WARNING, "plan", "A thing switched off."),
    )
    text = read_page(render_plan_report(dataclasses.replace(plan, findings=findings), book)).text
    assert text.index("A <b>grave</b> thing.") < text.index("A thing switched off.") < text.index("A small thing.")


def test_a_level_that_is_not_proven_says_what_is_left_open(firm, read_page):
    book, plan = firm
    levels = tuple(
        dataclasses.replace(level, value=5.0, bound=3.2, proven=False) if level.level == "low" else level
        for level in plan.levels
    )
    text = read_page(render_plan_report(dataclasses.replace(plan, levels=levels), book)).text
    assert "none has fewer than 4; this plan has 5 low moves, at most 1 more than the least" in text


def test_a_long_table_is_cut_and_says_where_the_rest_is(firm):
    book, plan = firm
    many = pl.concat([plan.moves] * (MOST_MOVES // plan.n_moves + 2)).with_columns(
        account_id=pl.format("M{}", pl.int_range(pl.len()))
    )
    rendered = render_plan_report(dataclasses.replace(plan, moves=many), book)
    assert f"The first {MOST_MOVES:,} of {many.height:,} moves" in rendered
    assert rendered.count("<tbody data-grade=") == MOST_MOVES


def test_an_empty_firm_has_a_report(make_book, read_page):
    book = make_book(territories=[{"territory_id": "T0"}])
    assert "No account needs to move" in read_page(render_plan_report(make_plan(book, Policy()), book)).text
