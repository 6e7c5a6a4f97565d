"""``evenhand diagnose``: say what state the territories are in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.diagnosis_tables import print_diagnosis, print_trace
from evenhand.cli.output import Format, print_findings, print_frame, print_json, say


def diagnose(
    book: Annotated[Path, typer.Argument(help="Folder of the book.")],
    *,
    policy: Annotated[Path | None, typer.Option(help="Policy file; else the defaults.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Named overlay of the policy.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
    html: Annotated[Path | None, typer.Option(help="Also write a page to this file.")] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of an earlier book, to say what drifted since and why; as often as there are books."),
    ] = None,
    trace: Annotated[
        str | None,
        typer.Option(
            help="Say how one figure was computed and from which records: TERRITORY:MEASURE, TERRITORY:verdict, "
            "TERRITORY:effects, TERRITORY:adjusted_win_rate, TERRITORY:history, a trigger, or an account's id.",
        ),
    ] = None,
) -> None:
    """Measure every territory against its target range, judge it, and check the triggers.

    Example: evenhand diagnose books/2026-Q4 --policy policy.toml --html diagnosis.html

    What drifted since earlier books: evenhand diagnose books/2026-Q4 --earlier books/2026-Q3 --earlier books/2026-Q2

    How a figure came about: evenhand diagnose books/2026-Q4 --trace T07:potential
    """
    from evenhand.app.policies import load_policy
    from evenhand.diagnose.diagnosis import diagnose as diagnose_book
    from evenhand.wiring.container import connect_outside

    outside = connect_outside()
    chosen = load_policy(outside, policy, scenario)
    read = outside.read_book(book)
    diagnosis = diagnose_book(read, chosen, [outside.read_book(folder) for folder in earlier or ()])
    if html is not None:
        outside.write_text(html, outside.render_diagnosis_report(diagnosis, read))
    if trace is not None:
        from evenhand.diagnose.trace import trace_subject

        traced = trace_subject(trace, diagnosis, read, chosen)
        if output is Format.JSON:
            print_json(traced.as_dict())
        elif output is Format.CSV:
            print_frame(traced.as_frame(), output)
        else:
            print_trace(traced.as_dict(), traced.records)
    elif output is Format.JSON:
        print_json(diagnosis.as_dict())
    elif output is Format.CSV:
        print_frame(diagnosis.territories, output)
    else:
        print_diagnosis(diagnosis)
        print_findings(diagnosis.missing, output)
        say(diagnosis.conclusion)
    if html is not None:
        say(f"The page is in {html}.")
