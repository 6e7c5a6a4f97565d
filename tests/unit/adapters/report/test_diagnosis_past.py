"""The page of a diagnosis with earlier books says what drifted, and which accounts came and went."""

import datetime as dt

import pytest

from evenhand.adapters.report import render_diagnosis_report
from evenhand.adapters.report.diagnosis_past import past_section
from evenhand.adapters.report.territory_names import TerritoryNames
from evenhand.diagnose import diagnose
from evenhand.policy import Policy

HOSTILE = "<img src=x onerror=alert(1)>"
THEN, NOW = dt.date(2025, 9, 30), dt.date(2026, 9, 30)


@pytest.fixture(scope="module")
def make_firm(make_book):
    def make(as_of, moved=()):
        return make_book(
            as_of=as_of,
            accounts=[
                {
                    "account_id": f"A{t}{i}",
                    "territory_id": "T0" if f"A{t}{i}" in moved else f"T{t}",
                    "potential": 100.0,
                    "created_on": dt.date(2020, 1, 1),
                }
                for t in range(4)
                for i in range(10)
            ],
            territories=[{"territory_id": f"T{t}", "name": HOSTILE if t else "North"} for t in range(4)],
        )

    return make


@pytest.fixture(scope="module")
def drifted(make_firm):
    book = make_firm(NOW, moved=[f"A1{i}" for i in range(6)])
    return book, diagnose(book, Policy(), [make_firm(THEN)])


def test_each_drift_has_its_figures_and_the_accounts_that_came_and_went(drifted):
    book, diagnosis = drifted
    section = past_section(diagnosis, TerritoryNames(book))
    rows = {row.territory.territory_id: row for row in section.rows}
    assert set(rows) >= {"T0", "T1"}
    gained, lost = rows["T0"], rows["T1"]
    assert [(flow.title, flow.ids) for flow in gained.flows] == [("came", tuple(f"A1{i}" for i in range(6)))]
    assert [(flow.title, flow.n) for flow in lost.flows] == [("left", 6)]
    accounts = {change.title: change for change in gained.changes}["Accounts"]
    assert accounts.text == "10 → 16"
    assert accounts.away.startswith("+")
    assert gained.since == NOW.isoformat()


def test_the_page_opens_to_the_accounts_and_is_safe(drifted, read_page):
    book, diagnosis = drifted
    rendered = render_diagnosis_report(diagnosis, book)
    page = read_page(rendered)
    assert render_diagnosis_report(diagnosis, book) == rendered
    assert diagnosis.past.sentence in page.text
    assert "6 accounts came" in page.text
    assert "6 accounts left" in page.text
    assert "past" in {section.get("id") for section in page.all("section")}
    for tag, attrs in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]


def test_without_earlier_books_there_is_no_such_section(drifted, read_page):
    book, _ = drifted
    page = read_page(render_diagnosis_report(diagnose(book, Policy()), book))
    assert "past" not in {section.get("id") for section in page.all("section")}


def test_books_between_which_nothing_drifted_say_so(make_firm, read_page):
    book = make_firm(NOW)
    page = read_page(render_diagnosis_report(diagnose(book, Policy(), [make_firm(THEN)]), book))
    assert "No territory went further from the team than the policy allows." in page.text
