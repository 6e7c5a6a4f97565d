"""Check a plan's figures and proof from its folder alone, with nothing of Evenhand: python check_a_plan.py PLAN."""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

MARKS = ("split", "count", "fix", "cut")
GRADE = {"low": 0, "medium": 1, "high": 2}
EARLIER = {"violation": [], "high": [], "medium": [2], "low": [2, 1], "cost": [2, 1, 0]}

folder = Path(sys.argv[1])
summary = json.loads((folder / "plan.json").read_text())
units = pl.read_parquet(folder / "problem.parquet")
bands = pl.read_csv(folder / "bands.csv", schema_overrides={"territory_id": pl.String})
table = pl.read_csv(folder / "certificate.csv", infer_schema=False).cast({"part": pl.Int64, "price": pl.Float64})
place = dict(pl.read_csv(folder / "assignment.csv", infer_schema=False).iter_rows())


def demand(holds: object, otherwise: str) -> None:
    """Stop with what is wrong."""
    if not np.all(holds):
        sys.exit(f"The plan does NOT hold: {otherwise}.")


demand(not any(summary["limits"].values()), "this small check knows no limits on moves; use evenhand check")

# The problem: who may go where (-1: nowhere), what that costs, what each brings, and the bands.
ids, measures = bands["territory_id"].unique(maintain_order=True).to_list(), summary["measures"]
number = {territory: t for t, territory in enumerate(ids)}
lower, upper, scale = (bands[name].to_numpy().reshape(len(ids), -1) for name in ("lower", "upper", "scale"))
lower, upper = lower - 1e-9 * scale, upper + 1e-9 * scale
where = np.array([[number.get(territory, -1) for territory in row] for row in units["candidates"]])
costs = np.where(where < 0, np.inf, np.array(units["costs"].to_list()))
amounts = np.stack([units[f"amount_{name}"].to_numpy() for name in measures], axis=1)
grade = units["grade"].replace_strict(GRADE).to_numpy()
is_move = (where >= 0) & ((np.arange(where.shape[1]) > 0) | (costs > 0))

# What the plan comes to.
for family in units["account_ids"]:
    demand(len({place.get(account) for account in family}) == 1, f"the family of {family[0]} is apart")
now = np.array([number.get(place.get(family[0]), -2) for family in units["account_ids"]])
demand((where == now[:, None]).any(axis=1), "an account is where it may not go")
chosen = np.arange(len(now)), np.argmax(where == now[:, None], axis=1)
loads = np.zeros_like(scale)
np.add.at(loads, now, amounts)
value = {
    "violation": float((np.maximum(np.maximum(lower - loads, loads - upper), 0) / scale).sum()),
    "cost": float(costs[chosen].sum()),
    **{name: int((is_move[chosen] & (grade == g)).sum()) for name, g in GRADE.items()},
}

# The parts: territories that can't exchange accounts are proved apart.
parts = {
    part: [number[t] for t in rows["territory_id"]] for (part,), rows in table.filter(row="territory").group_by("part")
}
part_of = np.full(len(ids), -1)
for part, members in parts.items():
    part_of[members] = part
demand((where < 0) | (part_of[where] == part_of[now][:, None]), "the parts of the certificate aren't apart")


def read_bands(node: pl.DataFrame, kind: str, part: int) -> np.ndarray:
    """(T, M) the numbers of one kind that the rows give the part's bands."""
    table = np.zeros_like(scale)
    for row in node.filter(row=kind).iter_rows(named=True):
        table[number[row["territory_id"]], measures.index(row["measure"])] = row["price"]
    table[part_of != part] = 0
    return table


def read_numbers(node: pl.DataFrame, kind: str) -> dict[int, float]:
    """By case number."""
    return {int(row["case_number"]): row["price"] for row in node.filter(row=kind).iter_rows(named=True)}


def read_grades(node: pl.DataFrame, level: str) -> np.ndarray:
    """(3,) by grade, where an earlier level has fixed its count."""
    nu = np.zeros(3)
    for row in node.filter(pl.col("row").is_in(list(GRADE))).iter_rows(named=True):
        nu[GRADE[row["row"]]] = row["price"] if GRADE[row["row"]] in EARLIER[level] else 0.0
    return nu


def read_prices(node: pl.DataFrame, level: str, part: int, cuts: list) -> tuple:
    """Prices of the bands (T, M), earlier grades (3,), counts of the case, cuts; what violation has to be worth."""
    pi, nu = read_bands(node, "band", part), np.maximum(read_grades(node, level), 0)
    pi[((pi > 0) & (upper == np.inf)) | ((pi < 0) & (lower == -np.inf))] = 0
    of_case = {n: max(price, 0.0) for n, price in read_numbers(node, "case").items()}
    of_cut = {n: max(price, 0.0) for n, price in read_numbers(node, "of_cut").items() if cuts[n] is not None}
    saved = sum((price * cuts[n][2] for n, price in of_cut.items()), np.zeros((2, *scale.shape)))
    if level == "violation":  # one unit of it costs 1, and nothing may make it dearer; of two sides, their mean
        has_both = np.isfinite(lower) & np.isfinite(upper)
        share = min(1.0, 1 / max(np.where(has_both, saved.mean(axis=0), saved.max(axis=0)).max(), 1e-300))
        of_cut, saved = {n: price * share for n, price in of_cut.items()}, saved * share
        pi = np.clip(pi, -(1 - saved[0]) / scale, (1 - saved[1]) / scale)
    worth = max(0.0, (np.stack([-pi, pi]) * scale + saved).max())
    return pi, nu, of_case, of_cut, worth


def cut_off(
    node: pl.DataFrame, level: str, part: int, closed: np.ndarray, cuts: list, bases: np.ndarray, most_moves: np.ndarray
) -> tuple | None:
    """One more row, Σ G·x + Σ V·violation ≥ limit, by adding rows up and rounding; see how the proof works."""
    mine = part_of[now] == part
    least, most = read_bands(node, "band", part), read_bands(node, "at_most", part)
    rows = [(n, cuts[number_]) for number_, n in read_numbers(node, "earlier_cut").items()]
    for g, n in enumerate(read_grades(node, level)):
        counted = -1.0 * (is_move & (grade == g)[:, None])[mine]
        rows += [(n, (counted, -most_moves[g], np.zeros((2, *scale.shape))))] if n else []
    if any(row is None for _, row in rows):
        return None
    base = np.where(np.take_along_axis(closed, bases[:, None], 1)[:, 0], closed.argmin(axis=1), bases)[:, None]

    def spread(table: np.ndarray) -> np.ndarray:
        return np.einsum("ikm,im->ik", table[where[mine]], amounts[mine])

    sides = [(least, lower), (most, -upper)]
    alpha = spread(least - most) + sum((n * row[0] for n, row in rows), np.zeros(closed.shape))
    beta = sum((n[n != 0] * limit[n != 0]).sum() for n, limit in sides) + sum(n * row[1] for n, row in rows)
    start = np.take_along_axis(alpha, base, 1)
    alpha, beta = alpha - start + 1e-12, beta - start.sum() - 1e-12
    f = beta - np.floor(beta)
    if not 0.001 < f < 0.999:
        return None
    whole = np.floor(alpha) + np.minimum((alpha - np.floor(alpha)) / f, 1)
    limit = np.floor(beta) + 1
    room_least, room_most = np.maximum(-least, 0) / f, np.maximum(-most, 0) / f
    whole += spread(room_least - room_most) + sum((-n / f * row[0] for n, row in rows if n < 0), np.zeros(closed.shape))
    limit += sum((room[room > 0] * b[room > 0]).sum() for room, b in ((room_least, lower), (room_most, -upper)))
    limit += sum(-n / f * row[1] for n, row in rows if n < 0)
    of_violation = np.abs(np.stack([least, most])) * scale / f + sum((abs(n) / f * row[2] for n, row in rows), 0.0)
    return np.where(closed, 0, whole), limit, of_violation


def split_case(mark: dict, closed: np.ndarray, counted: tuple, more: tuple, mine: np.ndarray) -> list:
    """Two cases that cover everything, the second first."""
    if mark["row"] == "split":  # the unit goes to these candidates, or to its others
        unit = (units["unit_id"] == mark["unit_id"]).to_numpy()[mine][:, None]
        bits = (int(mark["price"]) >> np.arange(closed.shape[1]) & 1).astype(bool)
        return [(closed | (unit & bits), counted, *more), (closed | (unit & ~bits), counted, *more)]
    choices, most = where[mine] >= 0, mark["price"]  # at most so many units go from here to there, or more
    if mark["to_territory_id"] is None:
        choices[:, 0] = False
    else:
        choices &= where[mine] == number[mark["to_territory_id"]]
    if mark["territory_id"] is not None:
        choices &= where[mine][:, :1] == number[mark["territory_id"]]
    fewer, greater = (choices, 1.0, most), (choices, -1.0, most + 1)
    return [(closed, (*counted, greater), *more), (closed, (*counted, fewer), *more)]


def bound(level: str, part: int, most_violation: float, most_moves: np.ndarray) -> float:
    """No plan as good on the levels before has less: the least over the cases of the certificate."""
    mine = part_of[now] == part
    counts = {"violation": np.zeros(costs.shape), "cost": costs}.get(
        level, (is_move & (grade == GRADE.get(level))[:, None]) * 1.0
    )
    counts = np.where(where < 0, np.inf, counts)[mine]
    unavoidable, least = float(counts.min(axis=1, initial=np.inf).sum()), np.inf
    step = 1.0 if level in GRADE else find_step(counts) if level == "cost" else 0.0
    cases = [(where[mine] < 0, (), [], np.zeros(len(counts), int))]
    row_of = {unit: i for i, unit in enumerate(units["unit_id"].filter(mine))}
    nodes = table.filter(level=level, part=part).cast({"node": pl.Int64}).sort("node", maintain_order=True)
    for node in nodes.partition_by("node", maintain_order=True):
        closed, counted, cuts, bases = cases.pop()
        marks = {row["row"]: row for row in node.filter(pl.col("row").is_in(list(MARKS))).to_dicts()}
        if "split" in marks or "count" in marks:
            cases += split_case(*marks.values(), closed, counted, (cuts, bases), mine)
            continue
        if "cut" in marks:
            bases = bases.copy()
            for row in node.filter(row="base").iter_rows(named=True):
                bases[row_of[row["unit_id"]]] = int(row["price"])
            row = cut_off(node, level, part, closed, cuts, bases, most_moves)
            cases.append((closed, counted, [*cuts, row], bases))
            continue
        pi, nu, of_case, of_cut, worth = read_prices(node, level, part, cuts)
        choice = counts + np.einsum("ikm,im->ik", pi[where[mine]], amounts[mine])
        choice += nu[grade[mine], None] * is_move[mine]
        used = (pi * np.where(pi > 0, upper, np.where(pi < 0, lower, 0))).sum()
        used += (nu * np.where(nu > 0, most_moves, 0)).sum()
        for n, (choices, sign, limit) in enumerate(counted):
            choice += sign * of_case.get(n, 0.0) * choices
            used += sign * of_case.get(n, 0.0) * limit
        for n, price in of_cut.items():
            choice -= price * cuts[n][0]
            used -= price * cuts[n][1]
        if level != "violation" and most_violation > 0:
            used += worth * most_violation
        choice[closed] = np.inf
        cheapest = choice.min(axis=1, initial=np.inf)
        proved = cheapest.sum() - used
        if "fix" in marks:  # choices that alone would come to the cutoff are struck from what follows
            cutoff = marks["fix"]["price"]
            with_choice = round_up(proved + choice - cheapest[:, None], step)
            cases.append((closed | (with_choice >= cutoff), counted, cuts, bases))
            least = min(least, cutoff)
        else:
            least = min(least, float(round_up(proved, step)))
    demand(nodes.height == 0 or not cases, f"the certificate of {level} lacks a case")
    return max(unavoidable, least) if nodes.height else unavoidable


def find_step(counts: np.ndarray) -> float:
    """What every value of the level is a multiple of; 0 where there is none."""
    finite = counts[np.isfinite(counts)]
    return float(np.gcd.reduce(finite.astype(np.int64))) if (finite == np.rint(finite)).all() else 0.0


def round_up(values: np.ndarray | float, step: float) -> np.ndarray | float:
    """Raise a bound to the next value that the level can have: moves are whole numbers."""
    return np.ceil(values / step - 1e-9) * step if step else values


most_violation, most_moves = dict.fromkeys(parts, 0.0), {part: np.full(3, np.inf) for part in parts}
for stated in summary["levels"]:
    level = stated["level"]
    each = {part: bound(level, part, most_violation[part], most_moves[part]) for part in parts}
    total = min(sum(each.values()), value[level])
    print(f"{level:<9}  this plan {value[level]:.6g}, no plan less than {total:.6g}")
    demand(np.isclose(value[level], stated["value"]), f"plan.json says that {level} is {stated['value']:g}")
    demand(total >= stated["bound"] - 1e-6 * max(1, abs(total)), f"plan.json claims {stated['bound']:g} for {level}")
    for part in parts:  # what a part may use, given the least that the others use
        left = max(value[level] - (sum(each.values()) - each[part]), 0.0)
        if level == "violation":
            most_violation[part] = left
        elif level in GRADE:
            most_moves[part][GRADE[level]] = round(left)
print("Every figure holds.")
