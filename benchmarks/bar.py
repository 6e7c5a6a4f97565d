"""The bar that the optimiser has to reach, line by line with what was measured."""

from __future__ import annotations

import math
from statistics import median

from benchmarks.cases import GAP_BARS, SCALING_FULL, SPEED_BARS
from benchmarks.tables import OWN, Row, cases_of, draw, find_exponent, lift_figures, write_share, write_yes

MEMORY_BAR_MIB = 4096
EXPONENT_BAR = 1.1
FRONTIER_BAR = 3.0


def bar_table(rows: list[Row]) -> str:
    """Write each line of the bar with what was measured."""
    lines = []
    own = [row for row in cases_of(rows) if row["contender"] == OWN and "plan" in row and row["kind"] == "feasible"]
    for size, bar in GAP_BARS.items():
        found = [row for row in own if row["size"] == size and not row["with_grades"]]
        if not found:
            continue
        gaps = [math.inf if row["plan"].get("gap") is None else row["plan"]["gap"] for row in found]
        held = sum(gap <= bar for gap in gaps)
        text = f"{held} of {len(gaps)} seeds; median {write_share(median(gaps))}, worst {write_share(max(gaps))}"
        searched = [_find_search_gap(row) for row in found]
        if max(searched) < max(gaps):
            text += f"; with what the search proved beyond the certificate: worst {write_share(max(searched))}"
        lines.append([size, f"gap ≤ {write_share(bar)}", text, write_yes(held == len(gaps))])
        lines.extend(_compare_optima(rows, found, size))
        lines.extend(_compare_speed(rows, found, size))
        if size == "1M":
            peak = max(row["peak_mib"] for row in found)
            lines.append([size, "under 4 GiB", f"{peak:,.0f} MiB", write_yes(peak < MEMORY_BAR_MIB)])
    lines.extend(_judge_growth(rows))
    duels = [row for row in cases_of(rows) if "ahead" in row]
    if duels:
        worse = sum(row["ahead"] == "theirs" for row in duels)
        lines.append(
            ["always", "never a worse objective", f"worse in {worse} of {len(duels)} duels", write_yes(not worse)]
        )
    same = [row.get("is_same") for row in rows if row["group"] == "executors"]
    if same:
        lines.append(["cluster", "the same plan", f"{same.count(True)} of {len(same)} executors", write_yes(all(same))])
    for row in map(lift_figures, rows):
        if row["group"] == "frontier" and "points" in row:
            ratio = row["frontier_seconds"] / row["single_seconds"]
            text = f"{ratio:.1f} ×"
            if "frontier_cpu" in row:
                ratio = row["frontier_cpu"] / row["single_cpu"]
                text = f"{ratio:.1f} × by processor time ({text} by the clock)"
            lines.append([row["size"], "frontier < 3 × one solve", text, write_yes(ratio < FRONTIER_BAR)])
    return draw(["size", "bar", "measured", "holds"], lines)


def _judge_growth(rows: list[Row]) -> list[list[str]]:
    """Judge the growth of time by the sizes that reached their gap; shown only where they reach the largest."""
    every = [row for row in rows if row["group"] == "scaling" and "seconds" in row]
    done = [row for row in every if row["status"] != "interrupted"]
    if len(done) < 2:
        return []
    smallest, largest = (pick(row["n_units"] for row in done) for pick in (min, max))
    exponent = find_exponent(done, "seconds")
    text = f"n^{exponent:.2f} from {smallest:,} to {largest:,}"
    if all(row.get("search_cpu") for row in done):
        text += f"; by processor time n^{find_exponent(done, 'search_cpu'):.2f}"
    if len(done) < len(every):
        text += f"; {len(every) - len(done)} ended by the clock, left out"
    is_shown = largest >= SCALING_FULL[-1]
    return [
        ["growth", f"time ≤ n^{EXPONENT_BAR}", text, write_yes(exponent <= EXPONENT_BAR) if is_shown else "not shown"]
    ]


def _find_search_gap(row: Row) -> float:
    """Gap of the cost to the larger of the certificate's bound and the search's own, which `check` can't see."""
    plan = row["plan"]
    bound = max(plan["bound"], row.get("figures", {}).get("solver_bounds", {}).get("cost", 0.0))
    if plan["violation"] > 0 or plan["cost"] <= bound:
        return 0.0 if plan["violation"] == 0 else math.inf
    return (plan["cost"] - bound) / bound if bound > 0 else math.inf


def _compare_optima(rows: list[Row], own: list[Row], size: str) -> list[list[str]]:
    """Compare with the optima that HiGHS proved, whatever time it was given."""
    proved = {
        row["seed"]: row["plan"]["cost"]
        for row in cases_of(rows)
        if row["contender"] == "HiGHS MIP" and row["case"] == own[0]["case"] and row["status"] == "optimal"
    }
    pairs = [(row["plan"]["cost"], proved[row["seed"]]) for row in own if row["seed"] in proved]
    if not pairs:
        return []
    n_same = sum(cost <= least + 1e-4 * max(1.0, least) for cost, least in pairs)
    text = f"{n_same} of {len(pairs)} that HiGHS proved to 0.01 %"
    return [[size, "equal to the HiGHS optimum", text, write_yes(n_same == len(pairs))]]


def _compare_speed(rows: list[Row], own: list[Row], size: str) -> list[list[str]]:
    if size not in SPEED_BARS:
        return []
    linear = {
        row["seed"]: row for row in cases_of(rows) if row["contender"] == "HiGHS LP" and row["case"] == own[0]["case"]
    }
    pairs = [(row, linear[row["seed"]]) for row in own if "seconds" in linear.get(row["seed"], {})]
    if not pairs:
        return []
    ratios = [lp["seconds"] / row["seconds"] for row, lp in pairs]
    unfinished = sum(lp["status"] != "optimal" for _, lp in pairs)
    text = f"median {median(ratios):.1f} ×, least {min(ratios):.1f} ×"
    timed = [
        lp["search_cpu"] / row["search_cpu"] for row, lp in pairs if row.get("search_cpu") and lp.get("search_cpu")
    ]
    text += (
        f"; by processor time of the search: median {median(timed):.1f} ×, least {min(timed):.1f} ×" if timed else ""
    )
    text += f" (the LP hit its limit in {unfinished})" if unfinished else ""
    is_held = median(ratios) >= SPEED_BARS[size]
    return [[size, f"{SPEED_BARS[size]:.0f} × the HiGHS LP's speed", text, write_yes(is_held)]]
