"""``evenhand demo``: the whole story on a made firm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.output import say
from evenhand.cli.progress import show_solve
from evenhand.foundation.errors import ExitCode

if TYPE_CHECKING:
    from evenhand.app.demo import Demo


def demo(
    *,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything the demo writes.")] = Path("demo"),
    accounts: Annotated[int, typer.Option(help="Number of accounts.")] = 5000,
    territories: Annotated[int, typer.Option(help="Number of territories.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same firm and plan.")] = 0,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only write the files.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to show the result on; 0 for any.")] = 8000,
) -> None:
    """Make a firm, diagnose it, plan, check the plan, and show the result.

    Example: evenhand demo --to demo --accounts 5000 --territories 40 --no-serve
    """
    from evenhand.app.demo import run_demo
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.executors import open_executor

    with open_executor() as executor, show_solve() as step:
        made = run_demo(
            connect_outside(),
            to,
            n_accounts=accounts,
            n_territories=territories,
            seed=seed,
            executor=executor,
            on_step=lambda what: say(f"… {what}"),
            on_progress=step,
        )
    for line in _tell(made, to):
        typer.echo(line)
    if not made.verification.holds:
        raise typer.Exit(ExitCode.BUG)
    if not no_serve:
        _serve(to, port)


def _tell(made: Demo, to: Path) -> list[str]:
    """Say in ten lines what was found and where it is."""
    plan, book = made.plan, made.admission.book
    potential = [
        row for row in plan.territories.iter_rows(named=True) if row["measure"] == "potential" and row["target"]
    ]
    outside = {when: sum(row[f"status_{when}"] != "within" for row in potential) for when in ("before", "after")}
    moves = plan.moves_by_grade
    total = sum(plan.quota_summary["new_cents"]) - sum(plan.quota_summary["opening_cents"])
    proof = [
        f"{level.level} {level.value:g} ({'proven least' if level.proven else f'none has less than {level.bound:g}'})"
        for level in plan.levels
        if level.level != "cost"
    ]
    return [
        f"Book       {book!r}",
        f"Data       {made.admission.n_rejected:,} rows rejected, {len(made.admission.findings)} findings",
        f"Diagnosis  {made.diagnosis.conclusion}",
        (
            f"Plan       {plan.n_moves:,} of {book.active_accounts.height if book else 0:,} active accounts move: "
            f"{moves['high']:,} high, {moves['medium']:,} medium, {moves['low']:,} low"
        ),
        (
            f"Balance    {outside['before']} of {len(potential)} seats outside their band of potential before, "
            f"{outside['after']} after"
        ),
        f"Quotas     moved with the accounts; the company's total changes by {total / 100:,.2f} {plan.currency}",
        f"Proof      {'; '.join(proof)}",
        f"Check      {'holds' if made.verification.holds else 'DOES NOT HOLD'}: every figure worked out again",
        f"Files      {to / 'export'}, {to / 'book'}, {to / 'diagnosis.html'}, {to / 'plan'}, {to / 'handoff'}",
        f"Look at    {to / 'plan' / 'report.html'} (all of it took {made.seconds:.0f} s)",
    ]


def _serve(folder: Path, port: int) -> None:
    """Open the workspace on this machine with the firm loaded, until Ctrl-C."""
    from evenhand.wiring import serving
    from evenhand.wiring.loading import load_demo

    port = serving.find_port(port)
    serving.set_environment(data=folder / "workspace", url=f"http://127.0.0.1:{port}", web_processes=1)
    serving.prepare(with_administrator=False)
    link = load_demo(folder)

    def tell() -> None:
        say(f"Open this link; it signs you in, once:\n  {link}\nCtrl-C ends.")

    say("… opening the workspace")
    raise typer.Exit(serving.serve("127.0.0.1", port, with_worker=True, say=say, on_ready=tell))
