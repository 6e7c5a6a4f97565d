"""The documentation is true: its commands and programs run as printed, and say what the pages quote.

A block after ``text`` quotes the output of the block before it: line by line, in any order, with … for what is left
out, and figures that may differ from firm to firm.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TUTORIAL = "tutorials/first-plan.md"
PAGES = [*sorted(f"how-to/{page.name}" for page in (DOCS / "how-to").glob("*.md")), "reference/exit-codes.md"]
OWN_SOURCES = {"how-to/adventureworks.md", "how-to/maven-crm.md", "how-to/map-an-export.md"}
"""Pages about exports that aren't in the repository."""
FRAME = re.compile(r"[│┃┏┓┗┛┡┩┳┻╇┴└┘━─]+")


class Block(NamedTuple):
    language: str
    code: str
    quoted: str


def read_blocks(page):
    """The bash and python blocks of a page in order, each with the output that the page quotes."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    following = [*found, ("", "")][1:]
    return [
        Block(language, code, text if next_language == "text" else "")
        for (language, code), (next_language, text) in zip(found, following, strict=True)
        if language in {"bash", "python"}
    ]


def plain(text):
    """Without table frames, line breaks and figures."""
    return re.sub(r"\d+", "#", " ".join(FRAME.sub(" ", text).split()))


def run_page(page, folder):
    run_blocks(page, read_blocks(page), folder)


def run_blocks(page, blocks, folder):
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "110"}
    for block in blocks:
        command = (
            ["bash", "-euo", "pipefail", "-c", block.code]
            if block.language == "bash"
            else [sys.executable, "-c", block.code]
        )
        done = subprocess.run(
            command, cwd=folder, env=environment, text=True, capture_output=True, timeout=280, check=False
        )
        output = plain(done.stdout + done.stderr)
        assert done.returncode == 0, f"{page}:\n{block.code}\nleft with {done.returncode}:\n{done.stdout}{done.stderr}"
        for line in filter(None, block.quoted.splitlines()):
            parts = [re.escape(part) for part in map(plain, line.split("…")) if part]
            assert re.search(".*?".join(parts), output), f"{page} quotes {line!r}, but there is:\n{output}"


@pytest.fixture(scope="module")
def after_tutorial(tmp_path_factory):
    """A folder in which a reader has followed the tutorial."""
    if shutil.which("bash") is None:
        pytest.skip("the pages' commands need bash")
    folder = tmp_path_factory.mktemp("reader")
    run_page(TUTORIAL, folder)
    return folder


def test_the_tutorial_runs_as_printed(after_tutorial):
    assert (after_tutorial / "plans/2026-Q4/report.html").is_file()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in OWN_SOURCES])
def test_a_page_runs_as_printed_after_the_tutorial(page, after_tutorial, tmp_path):
    folder = tmp_path / "reader"
    shutil.copytree(after_tutorial, folder)
    shutil.copy(DOCS / "how-to/check_a_plan.py", folder)
    run_page(page, folder)


def test_the_readme_runs_as_printed(tmp_path):
    if shutil.which("bash") is None:
        pytest.skip("the commands need bash")
    text = (ROOT / "README.md").read_text("utf-8")
    _, shell = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (program,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    commands = "".join(line for line in shell.splitlines(keepends=True) if not line.startswith("source "))
    run_blocks("README.md", [Block("bash", commands, ""), Block("python", program, "")], tmp_path)


def test_the_files_page_names_every_file_and_column_of_a_plan(after_tutorial):
    import json

    page = (DOCS / "reference/files.md").read_text("utf-8")
    plan = after_tutorial / "plans/2026-Q4"
    named = {*json.loads((plan / "plan.json").read_text())} | {path.name for path in plan.iterdir()}
    for path in plan.glob("*.csv"):
        named |= {*pl.read_csv(path, n_rows=0).columns}
    named |= {name.replace("amount_potential", "amount_…") for name in pl.read_parquet_schema(plan / "problem.parquet")}
    named -= {"amount_workload"}
    assert [name for name in sorted(named) if f"`{name}`" not in page and f"### {name}" not in page] == []


def test_the_files_page_names_everything_in_a_book(after_tutorial):
    import json

    page = (DOCS / "reference/files.md").read_text("utf-8")
    manifest = json.loads((after_tutorial / "books/2026-Q4/book.json").read_text())
    assert [name for name in manifest if f"`{name}`" not in page] == []
