"""A firm with everything that a report can show, and its real plan."""

import datetime as dt
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from evenhand.plan.make import make_plan
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
HOSTILE = "</script><script>alert('owned')</script>"
HOSTILE_TERRITORY = '"><img src=x onerror=alert(1)>'


def firm_tables(n_accounts: int = 240, n_territories: int = 6, seed: int = 1) -> dict[str, list[dict[str, object]]]:
    """Make the tables of a firm whose first territories hold too much; one account has a hostile name."""
    rng = np.random.default_rng(seed)
    ids = [f"T{t + 1:02d}" for t in range(n_territories)]
    weight = np.linspace(1.6, 0.6, n_territories)
    home = rng.choice(n_territories, n_accounts, p=weight / weight.sum())
    longitude, latitude = rng.uniform(-122, -72, n_territories), rng.uniform(30, 47, n_territories)
    potential = np.round(rng.lognormal(9, 0.9, n_accounts), 2)
    accounts = [
        {
            "account_id": f"A{i:05d}",
            "territory_id": ids[t],
            "name": f"Customer {i}",
            "latitude": float(np.round(latitude[t] + rng.normal(0, 2), 4)),
            "longitude": float(np.round(longitude[t] + rng.normal(0, 3), 4)),
            "potential": float(potential[i]),
            "tier": "C",
            "executive_relationship": bool(rng.random() < 0.1),
            "last_activity_on": AS_OF - dt.timedelta(days=int(rng.integers(1, 400))),
        }
        for i, t in enumerate(home)
    ]
    opportunities = [
        {
            "opportunity_id": f"O{i:05d}",
            "account_id": f"A{account:05d}",
            "type": "new",
            "stage_number": int(rng.integers(1, 5)),
            "amount_cents": int(rng.integers(100, 5_000)) * 10_000,
            "created_on": AS_OF - dt.timedelta(days=int(rng.integers(1, 300))),
            "is_closed": False,
            "is_won": False,
        }
        for i, account in enumerate(rng.integers(0, n_accounts, n_accounts // 4))
    ]
    return {
        "accounts": accounts,
        "territories": [
            {
                "territory_id": territory_id,
                "name": f"Region {territory_id[1:]}",
                "latitude": float(latitude[t]),
                "longitude": float(longitude[t]),
            }
            for t, territory_id in enumerate(ids)
        ],
        "opportunities": opportunities,
        "quotas": [
            {
                "territory_id": territory_id,
                "period_start": dt.date(2026, 7, 1),
                "period_end": dt.date(2026, 9, 30),
                "amount_cents": 100_000_001 + t,
            }
            for t, territory_id in enumerate(ids)
        ],
    }


def name_hostile(tables, moved_account_id):
    """Give an account and a territory names that would run as script if a page let them."""
    for account in tables["accounts"]:
        if account["account_id"] == moved_account_id:
            account["name"] = HOSTILE
    tables["territories"][0]["name"] = HOSTILE_TERRITORY


@pytest.fixture(scope="package")
def policy():
    return Policy.of({"bands": {"workload_ceiling": "off"}})


@pytest.fixture(scope="package")
def firm(make_book, policy):
    """A book and its plan; one account that moves, and one territory, have hostile names."""
    tables = firm_tables()
    first = make_plan(make_book(AS_OF, **tables), policy)
    name_hostile(tables, first.moves["account_id"][0])
    book = make_book(AS_OF, **tables)
    return book, make_plan(book, policy)


class Page(HTMLParser):
    """Collects elements with their attributes, and the text outside style and script; checks that tags nest."""

    VOID = frozenset({"meta", "input", "br", "img", "link", "path", "circle", "rect", "line", "use"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else at {self.getpos()}"

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))  # \s takes in the no-break space too

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="session")
def read_page():
    """Return `Page`, which reads a page and refuses one whose tags don't nest."""
    return Page
