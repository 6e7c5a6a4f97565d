import datetime as dt
from html.parser import HTMLParser

import polars as pl
import pytest

from evenhand.adapters.letters.press import Press
from evenhand.foundation.working_days import WorkingDays
from evenhand.handoff.chart import chart_timeline
from evenhand.handoff.handoff import prepare_handoff
from evenhand.handoff.told import Told
from evenhand.policy import Policy

START = dt.date(2026, 10, 5)
NASTY = "<script>alert(1)</script>"


@pytest.fixture
def told(make_book):
    def make(n_accounts, grade="medium"):
        ids = [f"A{i}" for i in range(n_accounts)]
        book = make_book(
            accounts=[{"account_id": one, "name": NASTY, "territory_id": "T1"} for one in (*ids, "A9")],
            territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
            reps=[{"rep_id": "R1", "name": NASTY}, {"rep_id": "R2"}],
            coverage=[{"rep_id": f"R{i}", "territory_id": f"T{i}", "starts_on": dt.date(2024, 1, 1)} for i in (1, 2)],
        )
        moves = pl.DataFrame(
            {"account_id": ids, "from_territory_id": "T1", "to_territory_id": "T2", "grade": grade, "potential": 1.0},
            schema_overrides=dict.fromkeys(("account_id", "from_territory_id", "to_territory_id", "grade"), pl.String),
        )
        policy = Policy.of({"handoff": {"introductions_per_week": 2}})
        units = moves.select("account_id", unit_id="account_id")
        assignment = book.accounts.select("account_id", "territory_id")
        handoff = prepare_handoff(book, moves, assignment, units, policy, START, {"": WorkingDays()})
        return Told(book, handoff, policy, pl.DataFrame(), pl.DataFrame(), {}, {}, START)

    return make


def test_each_week_shows_what_each_rep_does_of_what_they_can(told):
    facts = chart_timeline(told(5))
    assert [week["number"] for week in facts["weeks"]] == [1, 2, 3]
    assert [[week["n_personal"] for week in rep["weeks"]] for rep in facts["reps"]] == [[2, 2, 1], [2, 2, 1]]
    assert [week["full_percent"] for week in facts["reps"][0]["weeks"]] == [100, 100, 50]
    days = [row["introduce_on"].value for row in facts["accounts"]]
    assert days == sorted(days)
    by_mail = chart_timeline(told(3, "low"))
    assert [[week["n_mails"] for week in rep["weeks"]] for rep in by_mail["reps"]] == [[3], [3]]


def test_phases_lie_within_the_chart_in_their_order(told):
    phases = chart_timeline(told(5))["phases"]
    assert [phase["name"] for phase in phases] == ["conversations", "messages", "introductions", "transfers"]
    starts = [phase["at_percent"] for phase in phases]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert max(phase["at_percent"] + phase["wide_percent"] for phase in phases) == pytest.approx(100, abs=0.02)


@pytest.mark.parametrize("n_accounts", [0, 3])
def test_the_page_shows_names_and_fetches_nothing(told, n_accounts):
    found = []

    class Elements(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    page = Press("USD", "de_DE", {}).timeline(chart_timeline(told(n_accounts))).decode()
    Elements().feed(page)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found}
    assert not [attributes for _, attributes in found if "style" in attributes or "href" in attributes]
    assert "default-src 'none'" in page
    assert ("&lt;script&gt;" in page) == bool(n_accounts)
    assert "5. Oktober 2026" in page
