"""The report of a diagnosis says what was found, safely and the same every time."""

import dataclasses
import datetime as dt
import re

import pytest

from evenhand.adapters.report import render_diagnosis_report
from evenhand.diagnose import State, diagnose
from evenhand.policy import Policy


@pytest.fixture(scope="module")
def found(firm):
    book, _ = firm
    return book, diagnose(book, Policy())


@pytest.fixture(scope="module")
def page(found, read_page):
    book, diagnosis = found
    return read_page(render_diagnosis_report(diagnosis, book))


def test_the_headline_names_what_fired(page, found):
    _, diagnosis = found
    fired = [trigger for trigger in diagnosis.triggers if trigger.state is State.FIRED]
    assert fired
    assert "A change is called for: potential outside the band" in page.text
    for trigger in diagnosis.triggers:
        assert trigger.message in page.text


def test_every_verdict_is_there(page, found):
    _, diagnosis = found
    for verdict in diagnosis.verdicts:
        assert verdict.sentence in page.text


def test_what_is_missing_is_said(page, found):
    _, diagnosis = found
    assert diagnosis.missing
    for finding in diagnosis.missing:
        assert finding.message in page.text


def test_names_are_text_and_nothing_is_loaded(page):
    assert '"><img src=x onerror=alert(1)>' in page.text
    assert not page.all("img")
    assert len(page.all("script")) == 1


def test_the_same_diagnosis_gives_the_same_bytes(found):
    book, diagnosis = found
    assert render_diagnosis_report(diagnosis, book) == render_diagnosis_report(diagnose(book, Policy()), book)


def test_a_chart_shows_each_measure_that_is_known_and_has_a_range(page, found):
    _, diagnosis = found
    known = diagnosis.territories.filter("is_seat").drop_nulls("value")
    with_range = known.filter(known["low"].is_not_null() | known["high"].is_not_null())["measure"].unique()
    ids = {table.get("id") for table in page.all("table")}
    assert {f"range-{name}" for name in with_range} <= ids


def test_groups_and_the_team_stand_beside_the_seats(make_book, read_page):
    territories = [{"territory_id": "EAST"}] + [
        {"territory_id": name, "parent_territory_id": "EAST"} for name in ("T0", "T1")
    ]
    accounts = [{"account_id": f"A{i}", "territory_id": f"T{i % 2}", "potential": 1.0 + i} for i in range(6)]
    book = make_book(dt.date(2026, 9, 30), accounts=accounts, territories=territories)
    page = read_page(render_diagnosis_report(diagnose(book, Policy()), book))
    assert re.search(r"EAST group\s?6", page.text)
    assert re.search(r"The whole team\s?6", page.text)


def test_nothing_fired_is_a_good_review(found, read_page):
    book, diagnosis = found
    quiet = tuple(dataclasses.replace(trigger, state=State.QUIET) for trigger in diagnosis.triggers)
    page = read_page(render_diagnosis_report(dataclasses.replace(diagnosis, triggers=quiet), book))
    assert "No changes needed: no trigger fired." in page.text
    blind = (dataclasses.replace(quiet[0], state=State.CANNOT_TELL), *quiet[1:])
    page = read_page(render_diagnosis_report(dataclasses.replace(diagnosis, triggers=blind), book))
    assert "no trigger fired, and 1 trigger can’t be told" in page.text


def test_an_empty_firm_has_a_diagnosis(make_book, read_page):
    book = make_book(territories=[{"territory_id": "T0"}])
    assert "Every measure of every territory" in read_page(render_diagnosis_report(diagnose(book, Policy()), book)).text
