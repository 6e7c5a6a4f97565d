"""The command ``evenhand``: its commands, and what every error turns into."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from evenhand._version import __version__
from evenhand.cli import (
    admit,
    backup,
    changes,
    check,
    compare,
    connect,
    credit,
    demo,
    diagnose,
    edit,
    explain,
    flags,
    frontier,
    handoff,
    measure,
    plan,
    policy,
    push,
    restore,
    review,
    sample,
    scenarios,
    serve,
    sync,
    worker,
)
from evenhand.cli.output import say_error
from evenhand.foundation.errors import EvenhandError, ExitCode, InputError, Refusal

app = typer.Typer(
    name="evenhand",
    help="Rebalances sales territories with the fewest, gentlest account moves, and proves it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evenhand {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Rebalances sales territories with the fewest, gentlest account moves, and proves it."""


PANELS = {
    "Try it": (demo.demo, sample.sample),
    "Bring in data": (connect.app, sync.sync, admit.admit, changes.changes),
    "Diagnose and plan": (
        diagnose.diagnose,
        plan.plan,
        check.check,
        compare.compare,
        scenarios.scenarios,
        frontier.frontier,
        edit.edit,
    ),
    "Review and hand over": (flags.flags, review.app, handoff.handoff, credit.credit, push.push),
    "See whether it worked": (measure.measure,),
    "Rules and words": (policy.app, explain.explain),
    "Workspace": (serve.serve, worker.worker, backup.backup, restore.restore),
}
"""The commands in the order of the help; a command has the name of its function, a group that of its module."""

for _panel, _commands in PANELS.items():
    for _command in _commands:
        if isinstance(_command, typer.Typer):
            app.add_typer(_command, rich_help_panel=_panel)
        else:
            app.command(_command.__name__, rich_help_panel=_panel)(_command)


def run() -> None:
    """Run the command line and leave with an exit code that a script can act on."""
    # The matrices are many and small; threads inside each cost more than they bring. NumPy reads this once, at import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = ExitCode.OK
    try:
        app(standalone_mode=True)
    except EvenhandError as error:
        _describe(error)
        code = error.exit_code
    except KeyboardInterrupt:
        say_error("Interrupted. Nothing is half-done; the same command again starts over.")
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; that is its business.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        traceback.print_exc()
        say_error(
            f"This is a bug in Evenhand {__version__} ({type(error).__name__}). Please report it with the lines above."
        )
        code = ExitCode.BUG
    sys.exit(int(code))


def _describe(error: EvenhandError) -> None:
    if isinstance(error, InputError):
        for field, message in error.problems.items():
            say_error(f"{field}: {message}")
    elif isinstance(error, Refusal):
        say_error(f"{error.code} {error.message} {error.hint}".rstrip())
    else:
        say_error(str(error))
