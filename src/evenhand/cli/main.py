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


app.command("demo")(demo.demo)
app.command("sample")(sample.sample)
app.command("admit")(admit.admit)
app.command("diagnose")(diagnose.diagnose)
app.command("plan")(plan.plan)
app.command("changes")(changes.changes)
app.command("check")(check.check)
app.command("compare")(compare.compare)
app.command("scenarios")(scenarios.scenarios)
app.command("frontier")(frontier.frontier)
app.command("edit")(edit.edit)
app.command("flags")(flags.flags)
app.command("handoff")(handoff.handoff)
app.command("credit")(credit.credit)
app.command("measure")(measure.measure)
app.command("explain")(explain.explain)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("backup")(backup.backup)
app.command("restore")(restore.restore)
app.command("sync")(sync.sync)
app.command("push")(push.push)
app.add_typer(connect.app, name="connect")
app.add_typer(policy.app, name="policy")
app.add_typer(review.app, name="review")


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
