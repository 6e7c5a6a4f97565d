"""``evenhand push``: a plan's change set goes to the CRM, once, and back where it is asked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say
from evenhand.cli.progress import show_steps
from evenhand.foundation.errors import ExitCode, InputError

if TYPE_CHECKING:
    from evenhand.app.push.pushing import Pushed


def push(
    plan: Annotated[Path, typer.Argument(help="Folder of the plan.")],
    *,
    to: Annotated[str, typer.Option(metavar="NAME", help="The connection to write to; see evenhand connect list.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Write what is due.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a push that was cut off.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Take back what was written.")] = False,
    handoff: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the plan's handoff. Default: handoff in the plan or beside it."),
    ] = None,
    until: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Write what is due up to that day. Default: today."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Write once more what was rolled back.")] = False,
    records: Annotated[bool, typer.Option("--records", help="Print every record, not the difference.")] = False,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with the connections. Default: the workspace's data.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Write a plan's changes to the CRM: each on its day, each once, each read back; or take them back.

    Without --apply nothing is written. Records that changed since the plan are left and named, the others go on. The
    same command again finishes what was cut off. Example: evenhand push plans/2026-Q4 --to acme --dry-run
    """
    from evenhand.app.push.modes import Mode
    from evenhand.app.push.tables import list_records, tell_difference
    from evenhand.wiring.pushing import push_plan

    asked = [
        mode
        for mode, is_asked in zip(
            (Mode.PREVIEW, Mode.APPLY, Mode.RESUME, Mode.BACK), (dry_run, apply, resume, rollback), strict=True
        )
        if is_asked
    ]
    if len(asked) > 1:
        raise InputError({"push": "takes one of --dry-run, --apply, --resume and --rollback"})
    mode = asked[0] if asked else Mode.PREVIEW
    day = dt.datetime.now().astimezone().date() if until is None else until.date()
    with show_steps("looking" if mode is Mode.PREVIEW else "pushing") as step:
        pushed, journal = push_plan(plan, handoff, to, mode, until=day, home=home, again=again, on_progress=step)
    if output is Format.JSON:
        print_json(_as_dict(pushed, day))
    else:
        frame = list_records(pushed) if records else tell_difference(pushed)
        if output is Format.TABLE and not records:
            frame = frame.drop([name for name in ("n_done", "n_no_need", "n_problems") if not frame[name].sum()])
        print_frame(frame, output)
        print_findings(pushed.findings, Format.TABLE)
    _say(pushed, day, journal)
    if pushed.paused:
        raise typer.Exit(int(ExitCode.SOURCE_DOWN))
    if not pushed.is_clean:
        raise typer.Exit(int(ExitCode.REFUSED))


def _as_dict(pushed: Pushed, day: dt.date) -> dict[str, Any]:
    from evenhand.app.push.tables import list_records, tell_difference

    return {
        "system": pushed.system,
        "mode": str(pushed.mode),
        "until": day,
        "is_clean": pushed.is_clean,
        "paused": pushed.paused,
        "n_later": pushed.n_later,
        "next_on": pushed.next_on,
        "n_requests": pushed.n_requests,
        "stays": dict(pushed.watched),
        "difference": tell_difference(pushed).to_dicts(),
        "records": list_records(pushed).to_dicts(),
        "findings": [finding.as_dict() for finding in pushed.findings],
    }


def _say(pushed: Pushed, day: dt.date, journal: Path) -> None:
    from evenhand.app.push.modes import Mode
    from evenhand.app.push.tables import tell_difference

    difference = tell_difference(pushed)
    names = ("n", "n_to_write", "n_done", "n_no_need", "n_problems")
    n = {name: int(difference[name].sum()) for name in names}
    if pushed.watched:
        stays = ", ".join(f"{count:,} × {kind}" for kind, count in sorted(pushed.watched.items()))
        say(f"Stays as it is, and is looked at before and after: {stays}.")
    if pushed.n_later:
        say(f"Not before its day: {pushed.n_later:,} more from {pushed.next_on} on.")
    if pushed.mode is Mode.PREVIEW:
        say(f"Due by {day}: {n['n_to_write']:,} to write, {n['n_problems']:,} to look at first. Nothing was written.")
        return
    verb = "taken back and read back" if pushed.mode is Mode.BACK else "written and read back"
    needless = f" ({n['n_no_need']:,} needed nothing)" if n["n_no_need"] else ""
    done = f"{n['n_done']:,} of {n['n']:,} {verb}{needless} with {pushed.n_requests:,} requests"
    say(f"{done}; the journal is {journal}.")
    if pushed.paused:
        say(f"Stopped: {pushed.paused}")
    elif not pushed.is_clean:
        besides = any(finding.code == "PU203" for finding in pushed.findings)
        also = ", and so does what had to stay and changed" if besides else ""
        say(f"{n['n_problems']:,} need a look{also}; push again when they are mended.")
