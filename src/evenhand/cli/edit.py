"""``evenhand edit``: change a plan by hand, see what that does, and undo it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say
from evenhand.cli.progress import show_solve
from evenhand.foundation.errors import ExitCode, SourceError

if TYPE_CHECKING:
    from evenhand.app.edit import Edited
    from evenhand.plan.edits.consequence import Consequence


def edit(
    plan: Annotated[Path, typer.Argument(help="Folder of the plan.")],
    *,
    book: Annotated[Path | None, typer.Option(help="Folder of the book it was made from; --xlsx needs none.")] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="PLAN", help="Folder of the plan to write; else only say what it would do.")
    ] = None,
    move: Annotated[
        list[str] | None, typer.Option(metavar="ACC=T07", help="Put an account and its family there; may be repeated.")
    ] = None,
    move_alone: Annotated[
        list[str] | None, typer.Option(metavar="ACC=T07", help="Put an account there without its family.")
    ] = None,
    lock: Annotated[list[str] | None, typer.Option(metavar="ACC", help="Keep an account where it is today.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="ACC", help="Leave an account where it is, and out of every target.")
    ] = None,
    overrides: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put accounts where a sheet says: the workbook of --xlsx, or CSV."),
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the plan as a workbook to change owners in, and end.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the last step of the plan first.")] = False,
    mend: Annotated[bool, typer.Option("--mend", help="Take the shift or swap that is suggested.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Solve again with every edit held.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older plan in that folder.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Change a plan by hand: what it does to every measure, what it breaks, and what mends it most cheaply.

    Example: evenhand edit plans/2026-Q4 --book books/2026-Q4 --move A000016=T07 --to plans/2026-Q4-edited
    """
    from evenhand.app.edit import edit_plan
    from evenhand.wiring.container import connect_outside

    if xlsx is not None:
        _write_workbook(plan, xlsx, replace=replace)
        return
    if book is None:
        raise typer.BadParameter("name the folder of the book that the plan was made from", param_hint="--book")
    if overrides is not None:
        _override(
            plan,
            book,
            overrides,
            to,
            replace,
            output,
            is_alone=not (move or move_alone or lock or exclude or undo or mend or repair),
        )
        return
    given = (("move", move), ("move-alone", move_alone), ("lock", lock), ("exclude", exclude))
    with show_solve() as step:
        edited = edit_plan(
            connect_outside(),
            plan,
            book,
            to=to,
            edits=[f"{kind}:{value}" for kind, values in given for value in values or ()],
            undo=undo,
            mend=mend,
            repair=repair,
            replace=replace,
            on_progress=step,
        )
    _show(edited, to, output)


def _write_workbook(plan: Path, to: Path, *, replace: bool) -> None:
    from evenhand.adapters.files.plan_workbooks import write_plan_workbook
    from evenhand.adapters.partial import write_whole
    from evenhand.foundation.errors import InputError, Refusal
    from evenhand.wiring.container import connect_outside

    if to.suffix.lower() != ".xlsx":
        raise InputError({"xlsx": f"{to.name} must end in .xlsx"})
    if to.exists() and not replace:
        raise Refusal("AP102", f"{to} exists already.", "Choose another name, or say --replace.")
    record, changed = connect_outside().read_plan(plan)
    if changed:
        raise InputError({str(plan / name): "is not as it was written" for name in changed})
    try:
        with write_whole(to) as partial:
            partial.write_bytes(write_plan_workbook(record))
    except OSError as error:
        raise SourceError("disk", f"{to} could not be written: {error.strerror or error}.") from error
    say(f"{to}: change territory_id on the sheet assignment, save it, and give it back with --overrides.")


def _override(
    plan: Path, book: Path, file: Path, to: Path | None, replace: bool, output: Format, *, is_alone: bool
) -> None:
    from evenhand.adapters.files.plan_workbooks import read_override_sheet
    from evenhand.app.overrides import override_plan
    from evenhand.foundation.errors import InputError
    from evenhand.wiring.container import connect_outside

    if not is_alone:
        raise InputError({"overrides": "goes with --to and --replace alone; make other edits as a step of their own"})
    edited = override_plan(connect_outside(), read_override_sheet(file), plan, book, to=to, replace=replace)
    _show(edited, to, output)


def _show(edited: Edited, to: Path | None, output: Format) -> None:
    if edited.consequence is not None:
        _print(edited.consequence, output)
    elif output is Format.JSON:
        print_json({"plan": str(to), "undone": True})
    if edited.plan is not None:
        say(f"{edited.plan!r}. The plan is in {to}; the one before can be had with --undo.")
        if edited.plan.status == "infeasible_bands":
            raise typer.Exit(ExitCode.BANDS_CANNOT_BE_MET)


def _print(consequence: Consequence, output: Format) -> None:
    if output is Format.JSON:
        print_json(consequence.as_dict())
        return
    print_frame(consequence.measures, output, "What the territories hold, before and after")
    if output is Format.TABLE:
        print_frame(consequence.levels, output, "The plan as a whole")
        print_frame(consequence.accounts, output, "Accounts that go along")
        print_findings(consequence.breaks, output)
        if consequence.suggestion is not None:
            say(f"What mends it: {consequence.suggestion.words}")
        elif not consequence.breaks:
            say("It breaks nothing.")
