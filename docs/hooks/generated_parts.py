"""Parts of the reference pages that are made from the program itself, so that they can't go stale.

A page says where a part goes with a line ``<!-- generated: commands -->``.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.main

from evenhand.app.codes import CODES
from evenhand.book.tables import TABLES
from evenhand.cli.main import app
from evenhand.foundation.errors import ExitCode
from evenhand.policy.entries import DEFAULTS_SOURCE
from evenhand.policy.sections import Entries, Range
from evenhand.policy.validation import entry_views
from evenhand.review.diagram import tabulate_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
MARKER = re.compile(r"^<!-- generated: ([a-z-]+) -->$", re.MULTILINE)

CODE_GROUPS = {
    "BK": "The book",
    "PO": "The policy",
    "DG": "The diagnosis",
    "PL": "The plan",
    "RV": "The review",
    "HO": "The handoff",
    "ME": "The outcome",
    "CN": "Connections",
    "PU": "Pushing a change set",
    "AP": "Files and folders",
    "WS": "The workspace",
}

VALUE_WORDS: dict[Any, str] = {int: "N", float: "X", Path: "PATH", datetime: "DATE", str: "TEXT"}

EXIT_MEANINGS = {
    ExitCode.OK: ("Done.", "Go on."),
    ExitCode.BUG: ("A bug in Evenhand.", "Report it with the lines printed."),
    ExitCode.USAGE: ("The command line is wrong.", "See `--help`."),
    ExitCode.INPUT: ("An argument, a policy or a file is wrong; every problem is named.", "Correct what is named."),
    ExitCode.BOOK_REJECTED: (
        "`admit` made no book: a required table is unusable, or `--strict` and a row was rejected.",
        "Correct the source or its mapping.",
    ),
    ExitCode.REFUSED: (
        "A rule says no: a folder would be overwritten, or `check` found that a plan doesn't hold.",
        "Read the code; `evenhand explain CODE` says more.",
    ),
    ExitCode.BANDS_CANNOT_BE_MET: (
        "The plan is written, but no plan meets every band; this one comes as near as it could.",
        "Read the report: it names what is in the way and the smallest widening that would do.",
    ),
    ExitCode.SOURCE_DOWN: ("Something outside failed: a disk, a cluster.", "Try again where the message says so."),
    ExitCode.LIMIT_WITHOUT_PLAN: ("A limit was reached before there was any plan.", "Raise the limit."),
    ExitCode.INTERRUPTED: ("Interrupted from the keyboard.", "The same command again starts over."),
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the generated parts in their places."""
    return MARKER.sub(lambda match: PARTS[match[1]](), markdown)


def on_config(config: Any, **_: Any) -> Any:
    """Leave pages out of the navigation that aren't written yet."""
    config.nav = list(_present(config.nav, Path(config.docs_dir)))
    return config


def list_commands(command: Any = None, path: str = "evenhand") -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its full name."""
    command = typer.main.get_command(app) if command is None else command
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, child in below.items():
        yield from list_commands(child, f"{path} {name}")


def split_example(command: Any) -> tuple[str, str]:
    """Return what a command's help says, and its example."""
    text, _, example = (command.help or "").partition("Example:")
    return " ".join(text.split()), " ".join(example.split())


def commands() -> str:
    """Describe every command with its example and options."""
    return "\n".join(_describe_command(path, command) for path, command in list_commands())


def policy_entries() -> str:
    """Tabulate every entry of the policy, by section."""
    lines: list[str] = []
    for name, info in Entries.model_fields.items():
        lines += ["", f"## {name} {{ #{name} }}", "", _say(info.annotation.__doc__), ""]
        if name == "ranges":
            lines += [_say(Range.__doc__), ""]
        lines += ["| entry | default | allowed | what it does |", "|---|---|---|---|"]
        for view in entry_views():
            if view.path.split(".", maxsplit=1)[0] == name:
                source = "" if view.source == DEFAULTS_SOURCE else f" *Source: {view.source}.*"
                default = f"{_value(view.default)} {view.unit if view.default != 'off' else ''}"
                lines.append(f"| `{view.path}` | {default} | {view.allowed} | {_cell(f'{view.text}{source}')} |")
    return "\n".join(lines)


def finding_codes() -> str:
    """Describe every code, in groups."""
    lines: list[str] = []
    for prefix in dict.fromkeys(code[:2] for code in sorted(CODES, key=_code_order)):
        lines += ["", f"## {CODE_GROUPS[prefix]} ({prefix})", ""]
        for code in sorted(code for code in CODES if code.startswith(prefix)):
            entry = CODES[code]
            lines += [f"### {code} {entry.title} {{ #{code.lower()} }}", "", _cell(entry.meaning), ""]
            lines += [f"*Why it matters.* {_cell(entry.why)}", "", f"*What to do.* {_cell(entry.fix)}", ""]
    return "\n".join(lines)


def source_tables() -> str:
    """Describe every table and column that a source may bring."""
    lines: list[str] = []
    for table in TABLES.values():
        needed = "Required." if table.required else f"Needed for {table.needed_for}."
        key = f" Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
        lines += ["", f"### {table.name} {{ #{table.name} }}", "", f"{table.text} {needed}{key}", ""]
        lines += ["| column | holds | allowed | what it means |", "|---|---|---|---|"]
        for column in table.columns:
            star = " \\*" if column.required else ""
            lines.append(f"| `{column.name}`{star} | {column.kind} | {_allowed(column)} | {_cell(column.text)} |")
    return "\n".join(lines)


def exit_codes() -> str:
    """Tabulate the exit codes."""
    rows = [f"| {int(code)} | {code.name} | {' | '.join(EXIT_MEANINGS[code])} |" for code in ExitCode]
    return "\n".join(["| code | name | what it means | what to do |", "|---|---|---|---|", *rows])


def glossary() -> str:
    """Bring the glossary of the repository in."""
    return (ROOT / "GLOSSARY.md").read_text("utf-8").split("\n", 1)[1]


def independent_check() -> str:
    """Bring the small check in."""
    return f"```python\n{(ROOT / 'docs/how-to/check_a_plan.py').read_text('utf-8')}```"


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "policy-entries": policy_entries,
    "finding-codes": finding_codes,
    "source-tables": source_tables,
    "exit-codes": exit_codes,
    "glossary": glossary,
    "independent-check": independent_check,
    "review-rules": tabulate_rules,
}


def _say(docstring: str | None) -> str:
    return " ".join((docstring or "").split())


def _describe_command(path: str, command: Any) -> str:
    text, example = split_example(command)
    name = path.removeprefix("evenhand ")
    parameters = [parameter for parameter in command.params if parameter.name != "help"]
    needed = [
        _spell(parameter) for parameter in parameters if parameter.required or not parameter.opts[0].startswith("-")
    ]
    lines = ["", f"## {name} {{ #{name.replace(' ', '-')} }}", "", text, "", "```bash", example or path, "```", ""]
    lines += [f"`{path} {' '.join(needed)}`".replace(" `", "`"), ""]
    rows = [_describe_parameter(parameter) for parameter in parameters]
    return "\n".join([*lines, "| argument or option | what it is | default |", "|---|---|---|", *rows, ""])


def _describe_parameter(parameter: Any) -> str:
    text = parameter.help or ""
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        text += f" One of {', '.join(f'`{_plain(choice)}`' for choice in kind)}."
    default = parameter.default
    is_set = default is not None and default is not False and not callable(default)
    shown = "required" if parameter.required else f"`{_plain(default)}`" if is_set else ""
    return f"| `{_spell(parameter)}` | {_cell(text)} | {shown} |"


def _spell(parameter: Any) -> str:
    """Write an argument or option as one types it."""
    kind = parameter.type_descriptor.annotation
    listed = getattr(kind, "__args__", None)
    more = "..." if listed else ""
    if not parameter.opts[0].startswith("-"):
        word = parameter.metavar or f"{parameter.name.upper()}{more}"
        return word if parameter.required else f"[{word}]"
    if parameter.is_flag:
        return parameter.opts[0]
    word = parameter.metavar or VALUE_WORDS.get((listed or (kind,))[0], "WORD")
    return f"{parameter.opts[0]} {word}"


def _plain(value: Any) -> str:
    return str(getattr(value, "value", value))


def _value(default: Any) -> str:
    if isinstance(default, str):
        return f"`{default}`"
    if isinstance(default, dict) and default and not any(isinstance(item, dict) for item in default.values()):
        return "; ".join(f"{key} {_plain(item)}" for key, item in default.items() if item != "off")
    if isinstance(default, list) and default and all(isinstance(item, dict) for item in default):
        return "; ".join(item["name"] for item in default)
    return f"`{_cell(json.dumps(default, ensure_ascii=False))}`"


def _allowed(column: Any) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    if column.refers_to:
        return f"a key of [{column.refers_to}](#{column.refers_to})"
    if column.low is not None and column.high is not None:
        return f"{column.low:,.15g} to {column.high:,.15g}"
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _code_order(code: str) -> tuple[int, str]:
    return list(CODE_GROUPS).index(code[:2]), code


def _present(items: list[Any], folder: Path) -> Iterator[Any]:
    for item in items:
        if isinstance(item, str):
            if (folder / item).is_file():
                yield item
            continue
        for title, target in item.items():
            if isinstance(target, list):
                yield {title: list(_present(target, folder))}
            elif (folder / target).is_file():
                yield {title: target}
