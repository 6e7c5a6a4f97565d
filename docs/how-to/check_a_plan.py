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


def read_prices(node: pl.DataFrame, level: str, part: int) -> tuple[np.ndarray, np.ndarray]:
    """Prices of the bands (T, M) and of earlier grades (3,); none where nothing limits."""
    pi, nu = np.zeros_like(scale), np.zeros(3)
    for row, territory, measure, price in node.select("row", "territory_id", "measure", "price").iter_rows():
        if row == "band":
            pi[number[territory], measures.index(measure)] = price
        elif row in GRADE and GRADE[row] in EARLIER[level]:
            nu[GRADE[row]] = max(price, 0)
    pi[((pi > 0) & (upper == np.inf)) | ((pi < 0) & (lower == -np.inf))] = 0
    pi[part_of != part] = 0
    return (np.clip(pi, -1 / scale, 1 / scale) if level == "violation" else pi), nu


def bound(level: str, part: int, most_violation: float, most_moves: np.ndarray) -> float:
    """No plan as good on the levels before has less: the least over the cases of the certificate."""
    mine = part_of[now] == part
    counts = {"violation": np.zeros(costs.shape), "cost": costs}.get(
        level, (is_move & (grade == GRADE.get(level))[:, None]) * 1.0
    )
    counts = np.where(where < 0, np.inf, counts)[mine]
    unavoidable = float(counts.min(axis=1, initial=np.inf).sum())
    cases, least = [np.zeros(counts.shape, bool)], np.inf
    nodes = table.filter(level=level, part=part).cast({"node": pl.Int64}).sort("node", maintain_order=True)
    for node in nodes.partition_by("node", maintain_order=True):
        closed = cases.pop()
        marks = {row["row"]: row for row in node.filter(pl.col("row").is_in(["split", "fix"])).to_dicts()}
        if "split" in marks:  # two cases that cover everything: these candidates of the unit, or its others
            unit = (units["unit_id"] == marks["split"]["unit_id"]).to_numpy()[mine]
            bits = (int(marks["split"]["price"]) >> np.arange(closed.shape[1]) & 1).astype(bool)
            cases += [closed | (unit[:, None] & bits), closed | (unit[:, None] & ~bits)]
            continue
        pi, nu = read_prices(node, level, part)
        choice = (
            counts + np.einsum("ikm,im->ik", pi[where[mine]], amounts[mine]) + nu[grade[mine], None] * is_move[mine]
        )
        choice[closed] = np.inf
        cheapest = choice.min(axis=1, initial=np.inf)
        used = (pi * np.where(pi > 0, upper, np.where(pi < 0, lower, 0))).sum()
        used += (nu * np.where(nu > 0, most_moves, 0)).sum()
        if level != "violation" and most_violation > 0:
            used += (np.abs(pi) * scale).max() * most_violation
        proved = cheapest.sum() - used
        round_up = (lambda x: np.ceil(x - 1e-9)) if level in GRADE else (lambda x: x)  # moves are whole numbers
        if "fix" in marks:  # choices that alone would come to the cutoff are struck from what follows
            cutoff = marks["fix"]["price"]
            cases.append(closed | (round_up(proved + choice - cheapest[:, None]) >= cutoff))
            least = min(least, cutoff)
        else:
            least = min(least, float(round_up(proved)))
    demand(nodes.height == 0 or not cases, f"the certificate of {level} lacks a case")
    return max(unavoidable, least) if nodes.height else unavoidable


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
