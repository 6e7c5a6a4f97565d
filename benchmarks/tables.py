"""Turn measured rows into Markdown tables; speed and quality apart."""

from __future__ import annotations

import math
from itertools import groupby
from statistics import median
from typing import Any

from benchmarks.measure import name_deciding_level

Row = dict[str, Any]
OWN = "Evenhand"


def describe_row(row: Row) -> str:
    """One line as it is measured."""
    where = row.get("case") or row["group"]
    names = ("executor", "instance", "part", "contender", "size")
    what = next(row[name] for name in names if row.get(name))
    budget = "" if row.get("budget_seconds") is None else f" ≤ {row['budget_seconds']:.1f} s"
    plan = row.get("plan")
    found = "" if plan is None else f", violation {plan['violation']:.2g}, cost {plan['cost']:.4f}"
    gap = "" if plan is None or plan.get("gap") is None else f", gap {plan['gap']:.3%}"
    took = f"{row['seconds']:.2f} s" if "seconds" in row else row.get("error", "")
    return f"{where} seed {row.get('seed', 0)}: {what}{budget}: {row['status']}, {took}{found}{gap}"


def write_tables(rows: list[Row]) -> str:
    """Write all tables that the rows have anything for."""
    parts = [
        ("Speed", speed_table(rows)),
        ("Quality", quality_table(rows)),
        ("Against the others", duel_table(rows)),
        ("Published instances with known optima", published_table(rows)),
        ("Growth", scaling_table(rows)),
        ("Frontier of ten tolerances", frontier_table(rows)),
        ("Executors", executor_table(rows)),
        ("Other parts of the product", parts_table(rows)),
    ]
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts if table)


def draw(header: list[str], lines: list[list[str]]) -> str:
    """Draw a Markdown table; nothing where there are no lines."""
    if not lines:
        return ""
    rule = ["---" if place == 0 else "---:" for place in range(len(header))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *lines))


def cases_of(rows: list[Row]) -> list[Row]:
    """Rows of cases, those of one case and seed together."""
    return [row for row in rows if row["group"] == "case"]


def speed_table(rows: list[Row]) -> str:
    """Seconds of the search, of the whole process and of its processors, and memory: medians over the seeds."""
    lines = []
    for (case, contender, multiple), found in group_rows(cases_of(rows), "case", "contender", "multiple"):
        done = [row for row in found if "wall" in row]
        if not done:
            lines.append(
                [case, label_contender(contender, multiple), str(len(found)), found[0]["status"], "", "", "", "", ""]
            )
            continue
        seconds = [row["seconds"] for row in done if "seconds" in row]
        budgets = [row["budget_seconds"] for row in done if row.get("budget_seconds") is not None]
        lines.append(
            [
                case,
                label_contender(contender, multiple),
                str(len(done)),
                write_seconds(median(budgets)) if budgets else "",
                write_seconds(median(seconds)) if seconds else done[0]["status"],
                _write_search_cpu(done),
                write_seconds(median(row.get("build_seconds", 0.0) for row in done)),
                write_seconds(median(row["wall"] for row in done)),
                write_seconds(median(row["cpu"] for row in done)),
                f"{median(row['peak_mib'] for row in done):,.0f}",
            ]
        )
    header = ["case", "solver", "seeds", "limit, s", "search, s", "search CPU, s", "model, s"]
    header += ["process, s", "CPU, s", "peak MiB"]
    return draw(header, lines)


def _write_search_cpu(rows: list[Row]) -> str:
    found = [row["search_cpu"] for row in rows if row.get("search_cpu") is not None]
    return write_seconds(median(found)) if found else ""


def quality_table(rows: list[Row]) -> str:
    """Every plan by level, recomputed by the independent check: medians over the seeds."""
    lines = []
    for (case, contender, multiple), found in group_rows(cases_of(rows), "case", "contender", "multiple"):
        if contender.startswith("HiGHS LP"):
            continue
        plans = [row["plan"] for row in found if "plan" in row]
        label = label_contender(contender, multiple)
        if not plans:
            lines.append([case, label, f"0 of {len(found)}", found[0]["status"], "", "", "", "", "", ""])
            continue
        has_grades = found[0]["with_grades"]
        gaps = [math.inf if plan.get("gap") is None else plan["gap"] for plan in plans]
        counts = [f"{median(plan[name] for plan in plans):,.0f}" for name in ("high", "medium", "low")]
        lines.append(
            [
                case,
                label,
                f"{len(plans)} of {len(found)}",
                _list_statuses(found),
                f"{median(plan['violation'] for plan in plans):.4g}",
                *(counts if has_grades else ["", "", counts[2]]),
                f"{median(plan['cost'] for plan in plans):,.2f}",
                f"{write_share(median(gaps))} (worst {write_share(max(gaps))})"
                if len(gaps) > 1
                else write_share(gaps[0]),
            ]
        )
    header = ["case", "solver", "plans", "status", "violation", "high", "medium", "low", "cost", "gap"]
    return draw(header, lines)


def duel_table(rows: list[Row]) -> str:
    """Count whose plan is better on the first level that differs."""
    lines = []
    rivals = [row for row in cases_of(rows) if row["multiple"] and "wall" in row]
    for (case, contender, multiple), found in group_rows(rivals, "case", "contender", "multiple"):
        tally = [row.get("ahead", "no plan") for row in found]
        counts = [str(tally.count(name)) for name in ("ours", "same", "theirs", "no plan")]
        short = _shortfalls(rows, found)
        worst = max((row["shortfall"] for row in short), default=0.0)
        levels = ", ".join(sorted({row["level"] for row in short}))
        lines.append(
            [
                case,
                label_contender(contender, multiple),
                *counts,
                levels or "–",
                write_share(worst) if worst > 0 else "–",
            ]
        )
    header = ["case", "against", "ours better", "same", "theirs better", "they found none"]
    header += ["theirs better by", "our cost above theirs"]
    return draw(header, lines)


def _shortfalls(rows: list[Row], found: list[Row]) -> list[Row]:
    own = {(row["case"], row["seed"]): row["plan"] for row in cases_of(rows) if row["contender"] == OWN}
    short = []
    for row in found:
        if row.get("ahead") == "theirs":
            ours, theirs = own[row["case"], row["seed"]], row["plan"]
            level = name_deciding_level(ours, theirs, with_grades=row["with_grades"])
            short.append({"level": level, "shortfall": ours["cost"] / theirs["cost"] - 1 if theirs["cost"] else 0.0})
    return short


def scaling_table(rows: list[Row]) -> str:
    """Time and memory from size to size, with the exponents by least squares on logarithms."""
    found = sorted((row for row in rows if row["group"] == "scaling"), key=lambda row: row["n_units"])
    lines = [
        [
            f"{row['n_units']:,}",
            write_seconds(row["seconds"]) if "seconds" in row else row["status"],
            _write_search_cpu([row]),
            write_seconds(row["cpu"]),
            f"{row['peak_mib']:,.0f}",
            f"{row['peak_mib'] * 2**20 / row['n_units']:,.0f}",
            write_share(row["plan"]["gap"]) if row.get("plan", {}).get("gap") is not None else "",
            f"{row['plan']['violation']:.2g}" if "plan" in row else "",
        ]
        for row in found
    ]
    done = [row for row in found if "seconds" in row]
    if len(done) > 1:
        time, memory = (find_exponent(done, name) for name in ("seconds", "peak_mib"))
        timed = all(row.get("search_cpu") for row in done)
        cpu = f"**{find_exponent(done, 'search_cpu'):.2f}**" if timed else ""
        lines.append(["**exponent**", f"**{time:.2f}**", cpu, "", f"**{memory:.2f}**", "", "", ""])
    return draw(
        ["units", "search, s", "search CPU, s", "process CPU, s", "peak MiB", "bytes a unit", "gap", "violation"], lines
    )


def find_exponent(rows: list[Row], name: str) -> float:
    """Slope of log figure over log units, by least squares."""
    x = [math.log(row["n_units"]) for row in rows]
    y = [math.log(row[name]) for row in rows]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - x_mean) ** 2 for a in x)


def frontier_table(rows: list[Row]) -> str:
    """Ten tolerances against one."""
    lines = [
        [
            row["size"],
            write_seconds(row["single_seconds"]),
            write_seconds(row["frontier_seconds"]),
            f"{row['frontier_seconds'] / row['single_seconds']:.1f} ×",
            f"{row['frontier_cpu'] / row['single_cpu']:.1f} ×" if "frontier_cpu" in row else "",
            write_share(max(point["gap"] for point in row["points"])),
            str(sum(point["status"] == "interrupted" for point in row["points"])),
        ]
        for row in map(lift_figures, rows)
        if row["group"] == "frontier" and "points" in row
    ]
    return draw(["size", "one, s", "ten, s", "ratio", "ratio of CPU", "worst gap", "ended by the clock"], lines)


def executor_table(rows: list[Row]) -> str:
    """Is the plan the same whatever runs it."""
    lines = [
        [row["executor"], write_seconds(row.get("seconds", math.nan)), row["status"], write_yes(row.get("is_same"))]
        for row in rows
        if row["group"] == "executors"
    ]
    return draw(["executor", "search, s", "status", "same plan to the byte"], lines)


def published_table(rows: list[Row]) -> str:
    """Count, by file, plans at the known optimum, and those that the certificate or the search proves to be."""
    lines = []
    found = [row | {"file": row["instance"].split("-")[0]} for row in rows if row["group"] == "published"]
    for (file,), group in group_rows(found, "file"):
        plans = [row for row in group if "plan" in row]
        excess = [row["plan"]["cost"] / row["optimum"] - 1 for row in plans if row["plan"]["violation"] == 0]
        proved = sum(
            max(row["plan"]["bound"], row.get("figures", {}).get("solver_bounds", {}).get("cost", 0.0))
            >= row["optimum"] - 1e-6
            for row in plans
        )
        lines.append(
            [
                file,
                str(len(group)),
                str(sum(e < 1e-9 for e in excess)),
                str(proved),
                write_share(max(excess)) if excess and max(excess) > 0 else "–",
                write_seconds(median(row["seconds"] for row in plans)) if plans else "",
            ]
        )
    return draw(["file", "instances", "at the optimum", "proved", "worst above it", "median search, s"], lines)


def parts_table(rows: list[Row]) -> str:
    """Whole processes of the other parts, with reading and writing."""
    lines = [
        [
            row["part"],
            f"`{row['command']}`",
            row["status"],
            write_seconds(row["seconds"]),
            write_seconds(row["cpu"]),
            f"{row['peak_mib']:,.0f}",
        ]
        for row in rows
        if row["group"] == "parts"
    ]
    return draw(["part", "command", "status", "process, s", "CPU, s", "peak MiB"], lines)


def lift_figures(row: Row) -> Row:
    """Lift a contender's own figures into the row."""
    return row | row.get("figures", {})


def group_rows(rows: list[Row], *names: str) -> list[tuple[tuple[Any, ...], list[Row]]]:
    """Group rows by fields, in the order in which the values came first."""

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    places: dict[Any, int] = {}
    for row in rows:
        for depth in range(1, len(names) + 1):
            places.setdefault(key(row)[:depth], len(places))
    ordered = sorted(rows, key=lambda row: [places[key(row)[:depth]] for depth in range(1, len(names) + 1)])
    return [(value, list(found)) for value, found in groupby(ordered, key)]


def label_contender(contender: str, multiple: int) -> str:
    """Name a contender with the time it was given."""
    return {0: contender, 1: f"{contender}, same time"}.get(multiple, f"{contender}, {multiple} × the time")


def _list_statuses(rows: list[Row]) -> str:
    return ", ".join(sorted({row["status"] for row in rows}))


def write_seconds(value: float) -> str:
    """Write seconds with three digits or so."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def write_share(value: float) -> str:
    """Write a share in per cent; inf is nothing proved."""
    if value == 0:
        return "0 %"
    return "none proved" if math.isinf(value) else f"{100 * value:.2g} %" if value < 1 else f"{100 * value:,.0f} %"


def write_yes(value: bool | None) -> str:
    """Write whether it holds; None where there is nothing to say it of."""
    return {True: "yes", False: "no"}.get(value, "no plan")
