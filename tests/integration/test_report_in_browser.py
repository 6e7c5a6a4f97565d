"""The report's script in a real browser: sorting, filtering, opening and paging, without the network.

The page's own content security policy forbids any other script, so the test adds its steps to a copy without it.
"""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from evenhand.adapters.report import render_plan_report
from evenhand.plan.make import make_plan
from evenhand.policy import Policy

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian's package chromium)")

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--virtual-time-budget=5000",
    "--dump-dom",
]
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')

STEPS = """
const results = {};
const say = (name, value) => { results[name] = value; };
const rows = () => [...document.querySelectorAll("#moves-table > tbody")].filter((body) => !body.hidden);
const column = (n) => rows().map((body) => body.rows[0].cells[n].dataset.v ?? body.rows[0].cells[n].textContent.trim());
const header = (n) => document.querySelectorAll("#moves-table > thead th")[n];
const filter = (name, value) => {
  const field = document.querySelector(`[data-for="#moves-table"] [data-filter="${name}"]`);
  field.value = value;
  field.dispatchEvent(new Event(field.tagName === "INPUT" ? "input" : "change"));
};
const status = () => document.querySelector("#moves-table ~ .pages [role=status]").textContent;
say("tools shown", !document.querySelector('[data-for="#moves-table"]').hidden);
say("first page", rows().length);
say("details closed", [...document.querySelectorAll("#moves-table .more")].every((row) => row.hidden));
header(4).querySelector("button").click();
say("largest first", [header(4).getAttribute("aria-sort"), column(4).map(Number)]);
header(4).querySelector("button").click();
say("smallest first", [header(4).getAttribute("aria-sort"), column(4).map(Number)]);
header(0).querySelector("button").click();
say("by name", [header(4).getAttribute("aria-sort"), header(0).getAttribute("aria-sort")]);
const some = rows()[0], from = some.dataset.from, id = some.querySelector(".id").textContent;
filter("from", from);
say("from one territory", [from, rows().map((body) => body.dataset.from), status()]);
filter("text", id.toLowerCase());
say("one account", [id, rows().map((body) => body.querySelector(".id").textContent), status()]);
filter("text", "no such account");
say("nothing", [rows().length, status()]);
filter("text", "");
filter("from", "");
const toggle = rows()[0].querySelector(".toggle"), more = document.getElementById(toggle.getAttribute("aria-controls"));
toggle.click();
say("opened", [toggle.getAttribute("aria-expanded"), more.hidden, more.textContent.includes("Why")]);
toggle.click();
say("closed", [toggle.getAttribute("aria-expanded"), more.hidden]);
document.querySelector('[data-open="all"]').click();
say("all open", [...document.querySelectorAll("#moves-table .more")].every((row) => !row.hidden));
[...document.querySelectorAll("#moves-table ~ .pages button")].find((button) => !button.hidden)?.click();
say("after one more page", rows().length);
say("wide", document.documentElement.scrollWidth - document.documentElement.clientWidth);
say("roles", document.querySelector("#moves-table > tbody > tr > td").getAttribute("role"));
say("owned", Boolean(window.owned));
const map = document.querySelector("[data-map] select");
map.value = map.options[1].value;
map.dispatchEvent(new Event("change"));
say("map", [...document.querySelectorAll("#moves-map g[data-from]")].filter((move) => !move.classList.contains("away"))
  .every((move) => [move.dataset.from, move.dataset.to].includes(map.value)));
const output = Object.assign(document.createElement("pre"), { id: "results", textContent: JSON.stringify(results) });
document.body.append(output);
"""


def dump(html: str, folder: Path, *switches: str) -> str:
    """Open a page in Chromium and return its document after its scripts ran."""
    file = folder / "page.html"
    file.write_text(html)
    command = [CHROMIUM, *SWITCHES, f"--user-data-dir={folder / 'profile'}", *switches, file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def plan(make_book):
    """Forty accounts that have to move, one of them with a hostile name."""
    accounts = [
        {
            "account_id": f"A{i:03d}",
            "territory_id": "T0" if i < 120 else "T1",
            "name": "<img src=x onerror='owned=1'>" if i == 0 else f"Customer {i:03d}",
            "potential": 10.0 + i % 7,
            "latitude": 30.0 + i % 11,
            "longitude": -100.0 + i % 13,
        }
        for i in range(160)
    ]
    territories = [{"territory_id": "T0"}, {"territory_id": "T1"}, {"territory_id": "T2"}]
    book = make_book(accounts=accounts, territories=territories)
    return book, make_plan(book, Policy.of({"bands": {"workload_ceiling": "off"}}))


@pytest.fixture(scope="module")
def results(plan, tmp_path_factory):
    book, made = plan
    html = POLICY.sub("", render_plan_report(made, book)).replace("</body>", f"<script>{STEPS}</script></body>")
    dumped = dump(html, tmp_path_factory.mktemp("report"))
    return json.loads(unescape(re.search(r'<pre id="results">(.*?)</pre>', dumped, re.DOTALL).group(1)))


def test_rows_come_a_page_at_a_time(results, plan):
    _, made = plan
    assert made.n_moves > 25
    assert results["first page"] == 25
    assert results["after one more page"] > 25


def test_columns_sort_both_ways_and_say_so(results):
    direction, potentials = results["largest first"]
    assert direction == "descending"
    assert potentials == sorted(potentials, reverse=True)
    direction, potentials = results["smallest first"]
    assert direction == "ascending"
    assert potentials == sorted(potentials)
    assert results["by name"] == [None, "ascending"]


def test_filters_narrow_and_say_how_many_match(results):
    territory_id, found, said = results["from one territory"]
    assert found
    assert set(found) == {territory_id}
    assert "of" in said
    account_id, found, said = results["one account"]
    assert found == [account_id]
    assert said.startswith("1 of 1 that match")
    assert results["nothing"] == [0, "Nothing matches; clear a filter to see more."]


def test_details_open_and_close(results):
    assert results["details closed"]
    assert results["opened"] == ["true", False, True]
    assert results["closed"] == ["false", True]
    assert results["all open"]


def test_the_map_shows_the_moves_of_one_territory(results):
    assert results["map"]


def test_the_page_is_no_wider_than_the_window_and_stays_a_table(results):
    assert results["wide"] == 0
    assert results["roles"] == "cell"


def test_no_name_runs_as_script(results):
    assert results["owned"] is False


def test_the_security_policy_lets_the_page_s_own_script_run_and_no_other(plan, tmp_path):
    book, made = plan
    html = render_plan_report(made, book).replace("</body>", "<script>document.title = 'owned'</script></body>")
    dumped = dump(html, tmp_path)
    assert "<title>owned</title>" not in dumped
    assert 'class="toggle"' in dumped
