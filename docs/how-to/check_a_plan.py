"""Check a plan's figures and proof from its folder alone, with nothing of Evenhand: python check_a_plan.py PLAN."""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

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


def read_prices(node: pl.DataFrame, level: str, part: int) -> tuple[np.ndarray, np.ndarray, dict[int, float]]:
    """Prices of the bands (T, M), of earlier grades (3,) and of the counts that a case is about."""
    pi, nu, of_case = np.zeros_like(scale), np.zeros(3), {}
    for row in node.iter_rows(named=True):
        if row["row"] == "band":
            pi[number[row["territory_id"]], measures.index(row["measure"])] = row["price"]
        elif row["row"] == "case":
            of_case[int(row["case_number"])] = max(row["price"], 0.0)
        elif row["row"] in GRADE and GRADE[row["row"]] in EARLIER[level]:
            nu[GRADE[row["row"]]] = max(row["price"], 0.0)
    pi[((pi > 0) & (upper == np.inf)) | ((pi < 0) & (lower == -np.inf))] = 0
    pi[part_of != part] = 0
    return (np.clip(pi, -1 / scale, 1 / scale) if level == "violation" else pi), nu, of_case


def split_case(mark: dict, closed: np.ndarray, counted: tuple, mine: np.ndarray) -> list:
    """Two cases that cover everything, the second first."""
    if mark["row"] == "split":  # the unit goes to these candidates, or to its others
        unit = (units["unit_id"] == mark["unit_id"]).to_numpy()[mine][:, None]
        bits = (int(mark["price"]) >> np.arange(closed.shape[1]) & 1).astype(bool)
        return [(closed | (unit & bits), counted), (closed | (unit & ~bits), counted)]
    choices, most = where[mine] >= 0, mark["price"]  # at most so many units go from here to there, or more
    if mark["to_territory_id"] is None:
        choices[:, 0] = False
    else:
        choices &= where[mine] == number[mark["to_territory_id"]]
    if mark["territory_id"] is not None:
        choices &= where[mine][:, :1] == number[mark["territory_id"]]
    return [(closed, (*counted, (choices, -1.0, most + 1))), (closed, (*counted, (choices, 1.0, most)))]


def bound(level: str, part: int, most_violation: float, most_moves: np.ndarray) -> float:
    """No plan as good on the levels before has less: the least over the cases of the certificate."""
    mine = part_of[now] == part
    counts = {"violation": np.zeros(costs.shape), "cost": costs}.get(
        level, (is_move & (grade == GRADE.get(level))[:, None]) * 1.0
    )
    counts = np.where(where < 0, np.inf, counts)[mine]
    unavoidable, least = float(counts.min(axis=1, initial=np.inf).sum()), np.inf
    step = 1.0 if level in GRADE else find_step(counts) if level == "cost" else 0.0
    cases = [(np.zeros(counts.shape, bool), ())]
    nodes = table.filter(level=level, part=part).cast({"node": pl.Int64}).sort("node", maintain_order=True)
    for node in nodes.partition_by("node", maintain_order=True):
        closed, counted = cases.pop()
        marks = {row["row"]: row for row in node.filter(pl.col("row").is_in(["split", "count", "fix"])).to_dicts()}
        if "split" in marks or "count" in marks:
            cases += split_case(*marks.values(), closed, counted, mine)
            continue
        pi, nu, of_case = read_prices(node, level, part)
        choice = counts + np.einsum("ikm,im->ik", pi[where[mine]], amounts[mine])
        choice += nu[grade[mine], None] * is_move[mine]
        used = (pi * np.where(pi > 0, upper, np.where(pi < 0, lower, 0))).sum()
        used += (nu * np.where(nu > 0, most_moves, 0)).sum()
        for n, (choices, sign, limit) in enumerate(counted):
            choice += sign * of_case.get(n, 0.0) * choices
            used += sign * of_case.get(n, 0.0) * limit
        if level != "violation" and most_violation > 0:
            used += (np.abs(pi) * scale).max() * most_violation
        choice[closed] = np.inf
        cheapest = choice.min(axis=1, initial=np.inf)
        proved = cheapest.sum() - used
        if "fix" in marks:  # choices that alone would come to the cutoff are struck from what follows
            cutoff = marks["fix"]["price"]
            with_choice = round_up(proved + choice - cheapest[:, None], step)
            cases.append((closed | (with_choice >= cutoff), counted))
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
