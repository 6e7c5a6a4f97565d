"""``evenhand frontier``: what each further point of balance costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evenhand.cli.output import Format, print_frame, print_json, say
from evenhand.cli.progress import show_solve

if TYPE_CHECKING:
    import polars as pl


def frontier(
    book: Annotated[Path, typer.Argument(help="Folder of the book.")],
    *,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")],
    policy: Annotated[Path | None, typer.Option(help="Policy file; else the defaults.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Named overlay of the policy.")] = None,
    event: Annotated[
        list[str] | None, typer.Option(help="For instance rep-left:territory=T07; may be repeated.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler, for instance tcp://host:8786.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older frontier in that folder.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Plan at ten tolerances: how many moves each takes, which to take, and what the next point of balance costs.

    Example: evenhand frontier books/2026-Q4 --to frontiers/2026-Q4 --policy policy.toml
    """
    from evenhand.app.frontier import trace_book
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.executors import open_executor

    with open_executor(cluster) as executor, show_solve() as step:
        traced = trace_book(
            connect_outside(),
            book,
            to=to,
            policy=policy,
            scenario=scenario,
            events=event or (),
            replace=replace,
            executor=executor,
            on_progress=step,
        )
    if output is Format.JSON:
        print_json(traced.summary())
    else:
        print_frame(traced.points if output is Format.CSV else _shorten(traced.points), output)
    say(traced.recommendation.reason)
    say(f"The frontier is in {to}; open {to / 'frontier.html'}")


def _shorten(points: pl.DataFrame) -> pl.DataFrame:
    """Take what people look at first."""
    import polars as pl

    tolerance = pl.format("±{} %", (pl.col("tolerance_share") * 100).round(2))
    mark = [
        pl.when("is_recommended").then(pl.lit("recommended")),
        pl.when("is_agreed").then(pl.lit("agreed")),
        pl.when(~pl.col("meets_bands")).then(pl.lit("can't be met")),
    ]
    return points.select(
        tolerance=tolerance,
        moves="n_moves",
        high="moves_high",
        medium="moves_medium",
        low="moves_low",
        customers="n_customers",
        seats="n_seats",
        next_point="next_moves_a_point",
        proven=pl.when(pl.col("open_level").is_null())
        .then(pl.lit("the fewest"))
        .when(pl.col("n_open").is_null())
        .then(pl.lit("may come nearer"))
        .otherwise(pl.format("up to {} {} fewer", "n_open", "open_level")),
        remark=pl.concat_str(mark, separator=", ", ignore_nulls=True),
    )
