"""The verdict on a territory, in one sentence with the figures that decided it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.diagnose.call import Call, Driver
from evenhand.diagnose.sentence import Saying

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.policy import Policy

ATTAINMENT = "attainment"


@dataclass(frozen=True)
class Verdict:
    """What a territory is, and why.

    Attributes
    ----------
    call
        overloaded, starved, healthy, mixed or can't tell.
    performance
        Status of its attainment: under, within, over, unknown.
    driver
        Where a performance out of range comes from.
    sentence
        All of it in one sentence.
    deciding
        The measures that decided the call, in the policy's order.
    figures
        For each measure looked at: value, low, high, status.
    """

    territory_id: str
    layer: str
    is_seat: bool
    call: Call
    performance: str
    driver: Driver
    sentence: str
    deciding: tuple[str, ...]
    figures: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON; the figures are in the table of territories."""
        return {
            "territory_id": self.territory_id,
            "layer": self.layer,
            "is_seat": self.is_seat,
            "verdict": str(self.call),
            "performance": self.performance,
            "driver": str(self.driver),
            "sentence": self.sentence,
            "deciding": list(self.deciding),
        }


def judge(territories: pl.DataFrame, policy: Policy, currency: str) -> tuple[Verdict, ...]:
    """Call each territory overloaded, starved, healthy or mixed.

    Parameters
    ----------
    territories
        The first result of `measure_territories`.

    Notes
    -----
    Of the volume measures whose status is known, with s = deciding_share: overloaded where more than s are over and
    none is under; starved where more than s are under and none is over; healthy where more than s are within; else
    mixed; can't tell where none is known. Performance is the status of the attainment. It comes from volume where
    the volume is out of range the same way, from productivity where the productivity measures are, from both or
    from neither; productivity is out of range where at least one of its measures is and none the other way.

    References
    ----------
    Policy section ``verdict``.
    """
    columns = ["territory_id", "layer", "is_seat"]
    figures = territories.group_by(columns, maintain_order=True).agg(
        pl.struct("measure", "value", "unit", "low", "high", "status", "reason_missing").alias("rows")
    )
    return tuple(
        _judge_one((territory_id, layer, is_seat), {row["measure"]: row for row in rows}, policy, currency)
        for territory_id, layer, is_seat, rows in figures.iter_rows()
    )


def _judge_one(
    key: tuple[str, str, bool],
    figures: Mapping[str, Mapping[str, Any]],
    policy: Policy,
    currency: str,
) -> Verdict:
    volume = [figures[name] for name in policy.verdict.volume_measures if name in figures]
    productivity = [figures[name] for name in policy.verdict.productivity_measures if name in figures]
    call = _call(volume, policy.verdict.deciding_share)
    performance = str(figures[ATTAINMENT]["status"])
    driver = _driver(performance, _direction(volume), _direction(productivity))
    say = Saying(currency)
    territory_id, layer, is_seat = key
    return Verdict(
        territory_id=territory_id,
        layer=layer,
        is_seat=is_seat,
        call=call,
        performance=performance,
        driver=driver,
        sentence=f"{say.call(call, volume)}; {say.performance(figures[ATTAINMENT], driver, productivity)}.",
        deciding=tuple(row["measure"] for row in _deciding(call, volume)),
        figures=figures,
    )


def _call(volume: list[Mapping[str, Any]], deciding_share: float) -> Call:
    statuses = [row["status"] for row in volume if row["status"] != "unknown"]
    if not statuses:
        return Call.CANNOT_TELL
    share = {status: statuses.count(status) / len(statuses) for status in ("under", "within", "over")}
    if share["over"] > deciding_share and share["under"] == 0:
        return Call.OVERLOADED
    if share["under"] > deciding_share and share["over"] == 0:
        return Call.STARVED
    return Call.HEALTHY if share["within"] > deciding_share else Call.MIXED


def _direction(rows: list[Mapping[str, Any]]) -> str:
    """Return under, within or over where the known statuses agree on it, else mixed; unknown where none is known."""
    statuses = {row["status"] for row in rows} - {"unknown"}
    if not statuses:
        return "unknown"
    if statuses == {"within"}:
        return "within"
    outside = statuses - {"within"}
    return outside.pop() if len(outside) == 1 else "mixed"


def _driver(performance: str, volume: str, productivity: str) -> Driver:
    if performance == "unknown":
        return Driver.UNKNOWN
    if performance == "within":
        return Driver.NONE
    by_volume, by_productivity = volume == performance, productivity == performance
    if by_volume and by_productivity:
        return Driver.BOTH
    if by_volume:
        return Driver.VOLUME
    if by_productivity:
        return Driver.PRODUCTIVITY
    return Driver.UNKNOWN if "unknown" in (volume, productivity) else Driver.NEITHER


def _deciding(call: Call, volume: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    wanted = {Call.OVERLOADED: ("over",), Call.STARVED: ("under",), Call.HEALTHY: ("within",)}
    return [row for row in volume if row["status"] in wanted.get(call, ("under", "over"))]
