"""``evenhand explain``: what a code means."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.cli.output import Format, print_json


def explain(
    code: Annotated[str, typer.Argument(help="For instance BK101.")],
    *,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Say what a code means, why it matters and how to fix it.

    Example: evenhand explain BK101
    """
    from dataclasses import asdict

    from evenhand.app.codes import explain_code

    entry = explain_code(code)
    if output is Format.JSON:
        print_json(asdict(entry))
        return
    typer.echo(
        f"{entry.code}  {entry.title}\n\n{entry.meaning}\n\nWhy it matters: {entry.why}\nHow to fix it:  {entry.fix}"
    )
