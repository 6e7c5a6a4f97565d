"""``evenhand policy``: write, show, compare and check policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame, say
from evenhand.foundation.errors import Refusal

app = typer.Typer(
    name="policy", help="Write, show, compare and check policies: every threshold and rule.", no_args_is_help=True
)


@app.command("init")
def init(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file if it exists.")] = False,
) -> None:
    """Write the default policy with what every entry does, its unit and its range.

    Example: evenhand policy init policy.toml
    """
    from evenhand.policy import Policy, render_policy
    from evenhand.wiring.container import connect_outside

    if file.exists() and not replace:
        raise Refusal("AP102", f"{file} exists already.", "Choose another name, or say --replace.")
    connect_outside().write_text(file, render_policy(Policy()))
    say(f"Wrote {file}. Change what you want, then: evenhand policy check {file}")


@app.command("show")
def show(
    file: Annotated[Path | None, typer.Argument(help="Policy file; else the defaults.")] = None,
    *,
    scenario: Annotated[str | None, typer.Option(help="Named overlay of the policy.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Print every entry: its value, unit and range, since when it holds and who says so.

    Example: evenhand policy show policy.toml --format csv
    """
    import polars as pl

    from evenhand.app.policies import load_policy
    from evenhand.policy.validation import entry_views
    from evenhand.wiring.container import connect_outside

    policy = load_policy(connect_outside(), file, scenario)
    values = policy.values()
    rows = [
        {
            "entry": view.path,
            "value": _plain(values[view.path]),
            "unit": view.unit,
            "allowed": view.allowed,
            "effective_on": policy.origin(view.path).effective_on.isoformat(),
            "source": policy.origin(view.path).source,
            "text": view.text,
        }
        for view in entry_views()
    ]
    frame = pl.DataFrame(rows)
    if output is Format.TABLE:
        frame = frame.drop("text", "source")
        output_rows = frame.height
        for start in range(0, output_rows, 60):
            print_frame(frame.slice(start, 60), output)
        return
    print_frame(frame, output)


@app.command("diff")
def diff(
    before: Annotated[Path, typer.Argument(help="Policy file.")],
    after: Annotated[Path | None, typer.Argument(help="Another policy file; else the defaults.")] = None,
    *,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Print the entries that differ between two policies.

    Example: evenhand policy diff policy-2026.toml policy-2027.toml
    """
    import polars as pl

    from evenhand.app.policies import load_policy
    from evenhand.wiring.container import connect_outside

    outside = connect_outside()
    changes = load_policy(outside, before).compare(load_policy(outside, after))
    names = ["entry", "before", "after", "text"]
    rows = [(change.path, _plain(change.before), _plain(change.after), change.text) for change in changes]
    if rows or output is not Format.TABLE:
        print_frame(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"), output)
    say(f"{len(rows)} entries differ." if rows else "No entry differs.")


@app.command("check")
def check(files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Policy files.")]) -> None:
    """Say everything that is wrong with policies, by name, with the nearest right one.

    Example: evenhand policy check policy.toml
    """
    from evenhand.app.policies import load_policy
    from evenhand.foundation.errors import InputError
    from evenhand.wiring.container import connect_outside

    problems: dict[str, str] = {}
    outside = connect_outside()
    for file in files:
        try:
            policy = load_policy(outside, file)
        except InputError as error:
            problems |= error.problems
        else:
            counts = f"{len(policy.provenance)} entries set, {len(policy.scenarios)} scenarios"
            say(f"{file} is in order: {counts}, hash {policy.content_hash[:12]}.")
    if problems:
        raise InputError(problems)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items() if item != "off") or "–"
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value) or "–"
    return str(value).lower() if isinstance(value, bool) else str(value)
