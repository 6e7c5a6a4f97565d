"""The proof handed over with a plan: prices that show how little any other plan could save."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

VIOLATION, HIGH, MEDIUM, LOW, COST = "violation", "high", "medium", "low", "cost"
"""The levels of the lexicographic order, most important first."""

_MARKS = ("split", "count", "fix", "cut", "leaf")
_MOST_CASES = 10_000

GRADE_OF_LEVEL = {HIGH: 2, MEDIUM: 1, LOW: 0}


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more of each limited thing is worth: the proof of one bound on one part of the problem.

    The territories are those of the part, in its order.
    """

    bands: NDArray[np.float64]
    """(T, M) positive where the upper bound binds, negative where the lower one does."""
    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    """(3,) ≥ 0, by grade: of the count of moves that an earlier level has fixed."""
    moves: float = 0.0
    """≥ 0, of the limit on all moves."""
    moves_from: NDArray[np.float64] | None = None
    """(T,) ≥ 0, of the limits on moves out; None for zeros."""
    moves_into: NDArray[np.float64] | None = None
    """(T,) ≥ 0, of the limits on moves in; None for zeros."""
    cases: tuple[float, ...] = ()
    """≥ 0, of the counts that the case is about, the outermost first; zeros may be left out at the end."""
    cuts: tuple[float, ...] = ()
    """≥ 0, of the cuts that hold in the case, the outermost first; zeros may be left out at the end."""


@dataclass(frozen=True)
class Split:
    """Two cases that cover everything: the unit goes to one of these columns, or to one of the others."""

    unit: int
    columns: int
    """Bit j set: column j belongs to the first case."""


@dataclass(frozen=True)
class Count:
    """Two cases that cover everything: at most so many units of a kind choose so, or more.

    Counted are the choices of `target` by units whose first candidate is `origin`. Without a target (-1) every
    choice but the first candidate counts, without an origin (-1) every unit.
    """

    origin: int
    target: int
    most: int


@dataclass(frozen=True, eq=False)
class Fix:
    """Choices that cost the cutoff or more at these prices are struck from the case that follows.

    No plan of the case with such a choice is below the cutoff, so the case is proved to the cutoff at most.
    """

    prices: Prices
    cutoff: float


@dataclass(frozen=True, eq=False)
class Cut:
    """One more row that every plan of the case that follows keeps, because whole units can't make use of fractions.

    It is what adding up rows with these multipliers, of any sign, and rounding gives (`evenhand.plan.solver.rounding`):
    the multipliers are all that is written down, the row is worked out anew.
    """

    limits: Prices
    """Multipliers of the lower bounds of the bands, and of the limits on counts."""
    upper: NDArray[np.float64]
    """(T, M) multipliers of the upper bounds of the bands."""
    earlier: tuple[tuple[int, float], ...] = ()
    """Number and multiplier of cuts that hold already."""
    bases: tuple[tuple[int, int], ...] = ()
    """Unit and column from which its other choices are measured, from this cut on; else the first that is open."""


Node = Split | Count | Fix | Cut | Prices


@dataclass(frozen=True, eq=False)
class Part:
    """The proof for territories that exchange no unit with the rest."""

    territories: NDArray[np.int32]
    levels: dict[str, tuple[Node, ...]]
    """By level, a tree in preorder: a split or count is followed by its first case, then its second; a fixing or a
    cut by the case it narrows; prices end a case."""


class Entry(NamedTuple):
    """One row of a certificate as a table."""

    level: str
    part: int
    node: int
    row: str
    """territory, band, high, medium, low, moves, moves_from, moves_into, case, of_cut, at_most, earlier_cut, base,
    split, count, fix, cut or leaf."""
    item: int
    """Territory, the unit of a split or base, the origin of a count or the number of a case or cut; -1 for none."""
    measure: int
    """The target of a count; -1 where the row is neither that nor a band."""
    price: float
    """The columns as bits where the row is a split, the column of a base, the most of a count, the cutoff of a fix."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Prices for every level and every part; `check` turns them into bounds, and needs nothing else."""

    parts: tuple[Part, ...]

    def bands(self, level: str, n_territories: int, n_measures: int) -> NDArray[np.float64]:
        """(T, M) what one more unit of each measure costs (+) or saves (−) in each territory, at that level.

        Where the proof has several cases, those of the first.
        """
        table = np.zeros((n_territories, n_measures))
        for part in self.parts:
            leaf = next((node for node in part.levels.get(level, ()) if isinstance(node, Prices)), None)
            if leaf is not None:
                table[part.territories] = leaf.bands
        return table

    def rows(self) -> Iterator[Entry]:
        """Write the certificate as rows; prices of zero are left out."""
        for p, part in enumerate(self.parts):
            for t in part.territories:
                yield Entry("", p, -1, "territory", int(t), -1, 0.0)
            for level, nodes in part.levels.items():
                for number, node in enumerate(nodes):
                    if isinstance(node, Split):
                        yield Entry(level, p, number, "split", node.unit, -1, float(node.columns))
                        continue
                    if isinstance(node, Count):
                        yield Entry(level, p, number, "count", node.origin, node.target, float(node.most))
                        continue
                    mark, cutoff, prices = _read_mark(node)
                    if isinstance(node, Cut):
                        for row, item, measure, price in _write_cut(node, part.territories):
                            yield Entry(level, p, number, row, item, measure, price)
                    yield Entry(level, p, number, mark, -1, -1, cutoff)
                    for row, item, measure, price in _write_prices(prices, part.territories):
                        yield Entry(level, p, number, row, item, measure, price)

    @classmethod
    def from_rows(
        cls, rows: Iterable[Entry | tuple[str, int, int, str, int, int, float]], n_measures: int
    ) -> Certificate:
        """Read back what `rows` wrote, in whatever order the rows come.

        Raises
        ------
        InputError
            Where a row names something that a certificate doesn't have.
        """
        entries = sorted((Entry(*row) for row in rows), key=lambda e: (e.part, e.level, e.node))
        parts: list[Part] = []
        for _, of_part in groupby(entries, key=lambda e: e.part):
            by_node: dict[tuple[str, int], list[Entry]] = {}
            for entry in of_part:
                by_node.setdefault((entry.level, entry.node), []).append(entry)
            members = sorted(e.item for e in by_node.pop(("", -1), []) if e.row == "territory")
            territories = np.array(members, dtype=np.int32)
            levels: dict[str, list[Node]] = {}
            for (level, _), group in by_node.items():
                levels.setdefault(level, []).append(_read_node(group, territories, n_measures))
            parts.append(Part(territories, {level: tuple(nodes) for level, nodes in levels.items()}))
        return cls(tuple(parts))


def _write_prices(prices: Prices, territories: NDArray[np.int32]) -> Iterator[tuple[str, int, int, float]]:
    for t, m in np.argwhere(prices.bands != 0):
        yield "band", int(territories[t]), int(m), float(prices.bands[t, m])
    for level, grade in GRADE_OF_LEVEL.items():
        if prices.counts[grade] != 0:
            yield level, -1, -1, float(prices.counts[grade])
    if prices.moves != 0:
        yield "moves", -1, -1, float(prices.moves)
    for row, of_numbers in (("case", prices.cases), ("of_cut", prices.cuts)):
        for number, price in enumerate(of_numbers):
            if price != 0:
                yield row, number, -1, float(price)
    for row, array in (("moves_from", prices.moves_from), ("moves_into", prices.moves_into)):
        if array is not None:
            for t in np.flatnonzero(array):
                yield row, int(territories[t]), -1, float(array[t])


def _read_mark(node: Fix | Cut | Prices) -> tuple[str, float, Prices]:
    if isinstance(node, Fix):
        return "fix", node.cutoff, node.prices
    return ("cut", 0.0, node.limits) if isinstance(node, Cut) else ("leaf", 0.0, node)


def _write_cut(cut: Cut, territories: NDArray[np.int32]) -> Iterator[tuple[str, int, int, float]]:
    for t, m in np.argwhere(cut.upper != 0):
        yield "at_most", int(territories[t]), int(m), float(cut.upper[t, m])
    for number, multiplier in cut.earlier:
        yield "earlier_cut", number, -1, float(multiplier)
    for unit, column in cut.bases:
        yield "base", unit, -1, float(column)


def _is_whole(price: float) -> bool:
    return 0 <= price < 2**52 and price == int(price)


def _read_node(group: list[Entry], territories: NDArray[np.int32], n_measures: int) -> Node:
    first = next((entry for entry in group if entry.row in _MARKS), group[0])
    if first.row in ("split", "count"):
        if len(group) > 1 or not _is_whole(first.price):
            raise InputError({"certificate": f"node {first.node} of level {first.level} is no proper {first.row}"})
        columns_or_most = int(first.price)
        if first.row == "count":
            return Count(first.item, first.measure, columns_or_most)
        return Split(first.item, columns_or_most)
    if first.row == "cut":
        return _read_cut(group, territories, n_measures)
    prices = _read_prices(group, territories, n_measures)
    return Fix(prices, first.price) if first.row == "fix" else prices


def _read_cut(group: list[Entry], territories: NDArray[np.int32], n_measures: int) -> Cut:
    own = {"at_most", "earlier_cut", "base"}
    upper = [entry._replace(row="band") for entry in group if entry.row == "at_most"]
    bases = [entry for entry in group if entry.row == "base"]
    if not all(_is_whole(entry.price) for entry in bases):
        raise InputError({"certificate": f"a cut of level {group[0].level} measures from what is no column"})
    return Cut(
        _read_prices([entry for entry in group if entry.row not in own], territories, n_measures),
        _read_prices(upper, territories, n_measures).bands,
        tuple(sorted((entry.item, entry.price) for entry in group if entry.row == "earlier_cut")),
        tuple(sorted((entry.item, int(entry.price)) for entry in bases)),
    )


def _read_prices(group: list[Entry], territories: NDArray[np.int32], n_measures: int) -> Prices:
    place = {int(t): i for i, t in enumerate(territories)}
    by_territory = {"moves_from": np.zeros(len(territories)), "moves_into": np.zeros(len(territories))}
    bands, counts, moves = np.zeros((len(territories), n_measures)), np.zeros(3), 0.0
    numbered: dict[str, dict[int, float]] = {"case": {}, "of_cut": {}}
    for entry in group:
        if entry.row in ("band", *by_territory) and entry.item not in place:
            raise InputError({"certificate": f"territory {entry.item} isn't in part {entry.part}"})
        if entry.row == "band" and 0 <= entry.measure < n_measures:
            bands[place[entry.item], entry.measure] = entry.price
        elif entry.row in by_territory:
            by_territory[entry.row][place[entry.item]] = entry.price
        elif entry.row in GRADE_OF_LEVEL:
            counts[GRADE_OF_LEVEL[entry.row]] = entry.price
        elif entry.row == "moves":
            moves = entry.price
        elif entry.row in numbered and 0 <= entry.item < _MOST_CASES:
            numbered[entry.row][entry.item] = entry.price
        elif entry.row not in _MARKS:
            raise InputError({"certificate": f"{entry.row!r} of level {entry.level} is no row of a certificate"})
    cases, cuts = (
        tuple(prices.get(number, 0.0) for number in range(max(prices, default=-1) + 1)) for prices in numbered.values()
    )
    return Prices(bands, counts, moves, by_territory["moves_from"], by_territory["moves_into"], cases, cuts)
