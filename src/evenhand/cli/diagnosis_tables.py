"""The diagnosis as it is read in a terminal: tables that fit a hundred columns, then sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from evenhand.diagnose.diagnosis import Diagnosis

WIDTH = 100
MOST_ROWS = 60
MOST_SENTENCES = 12

HEADINGS = {
    "accounts": "accounts",
    "qualified": "qualified",
    "potential": "potential",
    "workload_share": "workload",
    "pipeline_ttm": "pipeline",
    "active_opportunities": "open",
    "coverage": "coverage",
    "deal_size": "deal",
    "win_rate": "win rate",
    "attainment": "attainment",
}
"""Short names of the measures, so that a table fits a terminal."""

HOLDS = ("accounts", "qualified", "potential", "workload_share", "pipeline_ttm", "active_opportunities")
MARKS = {"over": " ▲", "under": " ▼"}


def print_diagnosis(diagnosis: Diagnosis) -> None:
    """Print a diagnosis on standard output."""
    console = _console()
    _print_triggers(console, diagnosis)
    figures = _figures(diagnosis)
    seats = [verdict for verdict in diagnosis.verdicts if verdict.is_seat]
    groups = [verdict for verdict in diagnosis.verdicts if not verdict.is_seat]
    layers = len({verdict.layer for verdict in diagnosis.verdicts}) > 1
    first, second = [], []
    for verdict in [*seats, *groups][:MOST_ROWS]:
        shown = figures.get((verdict.territory_id, verdict.layer), {})
        name = f"{verdict.territory_id} ({verdict.layer})" if layers and verdict.layer else verdict.territory_id
        first.append([name, str(verdict.call), *(shown.get(measure, "–") for measure in HOLDS)])
        others = [shown.get(measure, "–") for measure in HEADINGS if measure not in HOLDS]
        second.append([name, *others, str(verdict.driver) if verdict.performance in MARKS else "–"])
    _print_table(
        console,
        f"Territories on {diagnosis.as_of}: what they hold (▲ over, ▼ under the target range)",
        ["territory", "verdict", *(HEADINGS[measure] for measure in HOLDS)],
        first,
    )
    rest = [HEADINGS[measure] for measure in HEADINGS if measure not in HOLDS]
    _print_table(console, "How they perform", ["territory", *rest, "comes from"], second)
    _print_more(console, len(diagnosis.verdicts) - len(first), "territories", "--format csv")
    wanted = [v for v in seats if str(v.call) in ("overloaded", "starved")]
    _print_sentences(console, "Overloaded and starved", [(v.territory_id, v.sentence) for v in wanted], "--format json")
    _print_models(console, diagnosis)


def print_trace(trace: Mapping[str, Any], frames: Mapping[str, Any]) -> None:
    """Print how a number came about.

    Parameters
    ----------
    trace
        `Trace.as_dict`.
    frames
        Its records by table.
    """
    console = _console()
    console.print(f"[bold]{escape(trace['title'])}[/]")
    console.print(escape(trace["value"]))
    console.print(Padding(escape(f"How: {trace['formula']}"), (1, 0, 0, 0)))
    if trace["steps"]:
        _print_table(console, "Step by step", ["what", "figure"], [[s["label"], s["text"]] for s in trace["steps"]])
    if trace["policy"]:
        rows = [[e["path"], _plain(e["value"]), str(e["effective_on"]), e["source"]] for e in trace["policy"]]
        _print_table(console, "Policy", ["entry", "value", "since", "source"], rows)
    for table, rows in frames.items():
        shown = rows.head(MOST_RECORDS)
        names = [name for name in shown.columns if name != "territory_id"][:MOST_COLUMNS]
        title = f"Records: {rows.height:,} of {table}"
        cells = [[_plain(row[name]) for name in names] for row in shown.iter_rows(named=True)]
        headings = [name.replace("_cents", "").replace("_", " ") for name in names]
        cells = [
            [_money(row[name]) if name.endswith("_cents") else cell for name, cell in zip(names, line, strict=True)]
            for row, line in zip(shown.iter_rows(named=True), cells, strict=True)
        ]
        _print_table(console, title, headings, cells)
        _print_more(console, rows.height - shown.height, "records", "--format csv")


MOST_RECORDS, MOST_COLUMNS = 15, 8


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console


def _figures(diagnosis: Diagnosis) -> dict[tuple[str, str], dict[str, str]]:
    from evenhand.diagnose.wording import say_value

    figures: dict[tuple[str, str], dict[str, str]] = {}
    for row in diagnosis.territories.iter_rows(named=True):
        value = row["value"]
        figure = "–" if value is None else say_value(value, row["unit"], diagnosis.currency)
        shown = figures.setdefault((row["territory_id"], row["layer"]), {})
        shown[row["measure"]] = figure + MARKS.get(row["status"], "")
    return figures


def _print_triggers(console: Console, diagnosis: Diagnosis) -> None:
    order = ("fired", "near", "can't tell", "quiet")
    colours = {"fired": "bold red", "near": "yellow", "quiet": "dim"}
    rows = []
    for trigger in sorted(diagnosis.triggers, key=lambda trigger: order.index(str(trigger.state))):
        state = str(trigger.state)
        since = f" Since {trigger.since}." if trigger.since else ""
        answer = f"[{colours[state]}]{state}[/]" if state in colours else state
        rows.append([answer, escape(trigger.title), escape(trigger.message + since)])
    _print_table(console, "Triggers", ["answer", "trigger", "what was found"], rows, marked=True)


def _print_models(console: Console, diagnosis: Diagnosis) -> None:
    from evenhand.diagnose.effects.words import Reading
    from evenhand.diagnose.wording import say_share, say_variation

    shapes = [
        (
            f"{shape.measure}{f' ({shape.layer})' if shape.layer else ''}",
            f"{shape.sentence.removesuffix('.')}; {say_variation(shape.variation)}.",
        )
        for shape in diagnosis.shapes
    ]
    _print_sentences(console, "Shape", shapes, "--format json")
    effects = diagnosis.effects
    told: list[tuple[str, str]] = []
    if effects.missing is None:
        shares = ", ".join(f"{name} {say_share(share)}" for name, share in effects.shares.items())
        told.append(("all", f"Of the variance of attainment: {shares}."))
        clear = effects.territories.filter(effects.territories["reading"] != Reading.UNCLEAR)
        order = list(Reading)
        rows = sorted(clear.iter_rows(named=True), key=lambda row: order.index(row["reading"]))
        told += [(row["territory_id"], row["sentence"]) for row in rows]
        if clear.height < effects.territories.height:
            n_unclear = effects.territories.height - clear.height
            told.append(("others", f"{n_unclear} territories show no clear effect of their own."))
    else:
        told.append(("", f"Can't tell: {effects.missing}."))
    _print_sentences(console, "Territory or rep?", told, "--format json")
    drifts = [(d.territory_id, d.sentence) for d in diagnosis.history.drifts if d.rising or d.falling]
    _print_sentences(console, "What drifted", drifts, "--format json")
    _print_past(console, diagnosis)
    _print_sentences(console, "Propensity to buy", [("", diagnosis.propensity.sentence)], "--format json")


def _print_past(console: Console, diagnosis: Diagnosis) -> None:
    from evenhand.diagnose.measures import MEASURES
    from evenhand.diagnose.wording import say_value

    past = diagnosis.past
    if past.books.is_empty():
        return
    said = [("all", past.sentence), *((drift.territory_id, drift.sentence) for drift in past.drifts)]
    _print_sentences(console, "What drifted since earlier books", said, "--format json")
    drifted = past.changes.filter("drifted")
    drifted = drifted[drifted["relative_change"].abs().arg_sort(descending=True)]
    rows = [
        [
            row["territory_id"],
            MEASURES[row["measure"]].title,
            say_value(row["first"], row["unit"], diagnosis.currency) + MARKS.get(row["status_first"], ""),
            say_value(row["last"], row["unit"], diagnosis.currency) + MARKS.get(row["status_last"], ""),
            f"{100 * row['relative_change']:+.0f} %".replace("-", "−"),
            str(row["since"]),
        ]
        for row in drifted.head(MOST_ROWS).iter_rows(named=True)
    ]
    first, last = past.books["as_of"][0], past.books["as_of"][-1]
    headings = ["territory", "measure", str(first), str(last), "to the team", "beyond since"]
    if rows:
        _print_table(console, "Measures that drifted", headings, rows)
    _print_more(console, drifted.height - len(rows), "measures", "--format json")


def _print_sentences(console: Console, title: str, said: Sequence[tuple[str, str]], rest: str) -> None:
    if not said:
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, sentence in said[:MOST_SENTENCES]:
        table.add_row(escape(name), escape(sentence.removeprefix(f"{name}: ")))
    console.print(table)
    _print_more(console, len(said) - MOST_SENTENCES, "sentences", rest)
    console.print()


def _print_table(
    console: Console, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, marked: bool = False
) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE)
    rows = [list(row) for row in rows]
    for at, heading in enumerate(headings):
        longest = max((len(row[at]) for row in rows), default=0)
        is_figure = all(row[at][:1] in "–−-$€£¥₹0123456789" for row in rows) and at > 0
        table.add_column(
            heading, justify="right" if is_figure else "left", no_wrap=longest <= _ONE_LINE, overflow="fold"
        )
    for row in rows:
        table.add_row(*(cell if marked else escape(cell) for cell in row))
    console.print(table)


_ONE_LINE = 30


def _print_more(console: Console, n_more: int, what: str, option: str) -> None:
    if n_more > 0:
        console.print(f"… and {n_more:,} more {what}; {option} prints all of them.")


def _plain(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(part)}" for name, part in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value) or "none"
    return str(value)


def _money(cents: int | None) -> str:
    return "–" if cents is None else f"{cents / 100:,.2f}"
