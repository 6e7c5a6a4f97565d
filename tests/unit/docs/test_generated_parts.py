"""What the documentation says of commands, entries, codes and files follows from the program."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest

from evenhand.app.codes import CODES
from evenhand.book.tables import TABLES
from evenhand.foundation.errors import ExitCode
from evenhand.policy.sections import Entries
from evenhand.policy.validation import entry_views

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
_spec = importlib.util.spec_from_file_location("generated_parts", DOCS / "hooks/generated_parts.py")
parts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(parts)
COMMANDS = dict(parts.list_commands())


def test_the_commands_are_there():
    wanted = {"demo", "sample", "admit", "diagnose", "plan", "compare", "check", "explain"}
    wanted |= {"policy init", "policy show", "policy diff", "policy check"}
    assert {f"evenhand {name}" for name in wanted} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_an_example_that_fits_it(path):
    command = COMMANDS[path]
    text, example = parts.split_example(command)
    assert text, f"{path} doesn't say what it does"
    assert example.startswith(f"{path} ") or example == path
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("-")}
    used = {word.partition("=")[0] for word in shlex.split(example) if word.startswith("-")}
    assert used <= options
    assert f"## {path.removeprefix('evenhand ')} {{" in parts.commands()


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_says_what_it_is(path):
    silent = [parameter.name for parameter in COMMANDS[path].params if not getattr(parameter, "help", None)]
    assert silent == []


def test_every_policy_entry_is_on_the_page_once():
    page = parts.policy_entries()
    assert [view.path for view in entry_views() if page.count(f"| `{view.path}` |") != 1] == []
    assert [view.path for view in entry_views() if not view.text] == []


def test_every_section_of_the_policy_says_what_it_is_about():
    assert [name for name, info in Entries.model_fields.items() if not (info.annotation.__doc__ or "").strip()] == []


def test_every_code_is_on_the_page_with_a_way_out():
    page = parts.finding_codes()
    assert [code for code in CODES if f"### {code} " not in page] == []
    assert [code for code, entry in CODES.items() if not (entry.meaning and entry.why and entry.fix)] == []


def test_every_column_of_a_source_is_on_the_page():
    page = parts.source_tables()
    missing = [
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if f"| `{column.name}`" not in page.partition(f"### {table.name} ")[2].partition("\n### ")[0]
    ]
    assert missing == []


def test_every_exit_code_has_a_meaning():
    assert set(parts.EXIT_MEANINGS) == set(ExitCode)
    assert all(f"| {int(code)} |" in parts.exit_codes() for code in ExitCode)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_there_is(page):
    text = page.read_text("utf-8")
    entries = {view.path for view in entry_views()}
    named = {
        f"{section}.{entry}"
        for section, entry in re.findall(r"`([a-z]+)\.([a-z_]+)`", text)
        if section in Entries.model_fields and entry not in {"py", "toml", "csv", "md", "json", "html"}
    }
    assert sorted(name for name in named if not any(entry.startswith(name) for entry in entries)) == []
    assert sorted(set(re.findall(r"\b(?:BK|PO|DG|PL|AP)\d{3}\b", text)) - set(CODES)) == []
    assert {match[1] for match in parts.MARKER.finditer(text)} <= set(parts.PARTS)


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_links_of_the_repositorys_own_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_the_glossary_is_in_order_and_has_each_word_once():
    words = re.findall(r"^\*\*(.+?)\*\*", (ROOT / "GLOSSARY.md").read_text("utf-8"), re.MULTILINE)
    assert words == sorted(set(words), key=str.casefold)
    assert len(words) > 40
