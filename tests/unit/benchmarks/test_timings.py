"""The page of times is what the kept lines give."""

import json

from benchmarks.bench_scenarios import keep
from benchmarks.timings import LINES, PAGE, render_page


def test_the_page_is_what_the_lines_give():
    assert PAGE.read_text("utf-8") == render_page(json.loads(LINES.read_text("utf-8")))


def test_a_line_takes_the_place_of_the_older_one_of_its_size(tmp_path):
    file = tmp_path / "lines.json"
    for what, accounts, ms in (("edit", 100, 9), ("edit", 10, 1), ("edit", 100, 5)):
        keep(file, {"what": what, "accounts": accounts, "median_ms": ms})
    kept = json.loads(file.read_text("utf-8"))
    assert [(line["accounts"], line["median_ms"]) for line in kept] == [(10, 1), (100, 5)]
    assert all("processor" in line["machine"] for line in kept)
