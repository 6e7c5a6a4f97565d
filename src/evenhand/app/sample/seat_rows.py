"""The tables of territories, reps, coverage, quotas and transfer requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.app.sample.calendar import NEVER, as_dates, quarter_end
from evenhand.app.sample.columns import ids, pick, width_for
from evenhand.app.sample.customers import ENTERPRISE, SEGMENTS
from evenhand.app.sample.places import CITIES
from evenhand.app.sample.words import FIRST_NAMES, LAST_NAMES, PLAIN_LETTERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.making import Made
    from evenhand.app.sample.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CORE_LAYER = "core"
COMMERCIAL = "Commercial"
FEWEST_AREAS_WITH_PARTS = 9
"""With fewer areas there is one group for all that aren't enterprise, else one for each part of the continent."""
HOURS_OF_SEAT, ACCOUNTS_OF_SEAT = (1170.0, 800.0), 130
"""Hours a year that a rep has for customers and the way to them: of 46 weeks of 40 hours five eighths, and of an
enterprise rep, who spends more inside, three sevenths, so that the firm as a whole is planned at four fifths of its
capacity. And the accounts one rep can look after; a seat with many more is a team's, and has the hours of as many
reps."""
TRANSFER_SHARE = 0.05
TRANSFER_REASONS = (
    "Too few accounts to make the quota",
    "Moving house",
    "Would like larger accounts",
    "Travel is too far",
)


@dataclass(frozen=True)
class SeatNames:
    """Ids of seats, areas and groups, and where each seat is based."""

    seats: pl.Series
    areas: pl.Series
    groups: pl.Series
    base: Ints
    group_of_area: Ints
    group_titles: list[str]
    area_titles: list[str]


def name_seats(made: Made) -> SeatNames:
    """Name the seats, based where most of their potential is, and group areas by the part of the continent."""
    layout, customers = made.layout, made.customers
    worth = np.zeros((layout.n_seats, len(CITIES)))
    np.add.at(worth, (made.handovers.now, customers.city), customers.potential)
    base = worth.argmax(axis=1)
    parts = ["Enterprise" if pool else CITIES[city].part for pool, city in zip(layout.pool, base, strict=True)]
    part_of_area = [
        _commonest([parts[seat] for seat in np.flatnonzero(layout.area == n)]) for n in range(layout.n_areas)
    ]
    is_large = layout.n_areas >= FEWEST_AREAS_WITH_PARTS
    of_area = [part if is_large or part == "Enterprise" else COMMERCIAL for part in part_of_area]
    titles = list(dict.fromkeys(of_area))
    group_of_area = np.array([titles.index(title) for title in of_area], dtype=np.int64)
    return SeatNames(
        seats=ids("T", layout.n_seats, width_for(layout.n_seats + 1)),
        areas=ids("AREA", layout.n_areas, width_for(layout.n_areas)),
        groups=ids("REGION", len(titles), 1),
        base=base,
        group_of_area=group_of_area,
        group_titles=titles,
        area_titles=_numbered(part_of_area, always=is_large),
    )


def _commonest(words: list[str]) -> str:
    return max(sorted(set(words)), key=words.count)


def territory_rows(made: Made, names: SeatNames) -> pl.DataFrame:
    """Return the territories: groups, areas, and the seats that hold accounts."""
    layout, n = made.layout, made.layout.n_seats
    specialised = layout.n_enterprise > 0
    others = ";".join(segment for segment in SEGMENTS if segment != SEGMENTS[ENTERPRISE])
    segment = [(SEGMENTS[ENTERPRISE] if pool else others) if specialised else None for pool in layout.pool]
    n_hands = max(1, np.ceil(made.customers.n / n / ACCOUNTS_OF_SEAT - 0.25))
    hours = np.array(HOURS_OF_SEAT)[layout.pool] * n_hands
    cities = [CITIES[city] for city in names.base]
    rng_lat, rng_lon = made.streams.normal("base north", n), made.streams.normal("base east", n)
    seats = pl.DataFrame(
        {
            "territory_id": names.seats,
            "name": _numbered(
                [("Enterprise " if p else "") + c.name for p, c in zip(layout.pool, cities, strict=True)]
            ),
            "parent_territory_id": pick(names.areas, layout.area),
            "segment": pl.Series(segment, dtype=pl.String),
            "capacity_hours": hours,
            "capacity_share": made.capacity_share,
            "latitude": np.round([c.latitude for c in cities] + 0.05 * rng_lat, 4),
            "longitude": np.round([c.longitude for c in cities] + 0.05 * rng_lon, 4),
        }
    )
    areas = pl.DataFrame(
        {
            "territory_id": names.areas,
            "name": names.area_titles,
            "parent_territory_id": pick(names.groups, names.group_of_area),
        }
    )
    groups = pl.DataFrame({"territory_id": names.groups, "name": names.group_titles})
    table = pl.concat([groups, areas, seats], how="diagonal")
    missing = pl.lit(None, dtype=pl.String)
    return table.select(
        "territory_id",
        "name",
        "parent_territory_id",
        pl.lit(CORE_LAYER).alias("layer"),
        "segment",
        missing.alias("vertical"),
        missing.alias("region"),
        "capacity_hours",
        "capacity_share",
        "latitude",
        "longitude",
    )


def _numbered(titles: list[str], *, always: bool = False) -> list[str]:
    """Tell equal titles apart by a number."""
    seen: dict[str, int] = {}
    numbered = []
    for title in titles:
        seen[title] = seen.get(title, 0) + 1
        numbered.append(f"{title} {seen[title]}" if always or titles.count(title) > 1 else title)
    return numbered


@dataclass(frozen=True)
class PeopleNames:
    """Ids of reps and managers, and the rows of the reps table."""

    reps: pl.Series
    managers: pl.Series
    rows: pl.DataFrame


def people_rows(made: Made, names: SeatNames) -> PeopleNames:
    """Return the reps, a manager for each area, a vice president for each group and the head of sales."""
    staffing, layout, history = made.staffing, made.layout, made.history
    n_reps, n_areas, n_groups = staffing.n_reps, layout.n_areas, len(names.groups)
    reps = ids("R", n_reps, width_for(n_reps, 3))
    managers, presidents = ids("M", n_areas, width_for(n_areas)), ids("V", n_groups, 1)
    last_seat = np.zeros(n_reps, dtype=np.int64)
    by_start = np.argsort(staffing.starts, kind="stable")
    last_seat[staffing.rep[by_start]] = staffing.seat[by_start]
    n_leaders = n_areas + n_groups + 1
    hired = history.first_day - 400 - (2500 * made.streams.uniform("leaders hired", n_leaders)).astype(np.int64)
    chief = "C1"
    people = pl.concat([reps, managers, presidents, pl.Series([chief])])
    full = people_names("reps", len(people), made.streams)
    rows = pl.DataFrame(
        {
            "rep_id": people,
            "name": full,
            "email": _emails(full),
            "manager_id": pl.concat(
                [
                    pick(managers, layout.area[last_seat]),
                    pick(presidents, names.group_of_area),
                    pl.Series([chief] * n_groups),
                    pl.Series([None], dtype=pl.String),
                ]
            ),
            "hired_on": as_dates(np.concatenate([staffing.hired, hired])),
            "left_on": as_dates(np.concatenate([staffing.left, np.full(n_leaders, NEVER)])),
        }
    )
    return PeopleNames(reps, managers, rows)


def people_names(of: str, n: int, streams: Streams) -> pl.Series:
    """Return n names of people."""
    first = (streams.uniform(f"{of} first name", n) * len(FIRST_NAMES)).astype(np.int64)
    last = (streams.uniform(f"{of} last name", n) * len(LAST_NAMES)).astype(np.int64)
    return pick(FIRST_NAMES, first) + " " + pick(LAST_NAMES, last)


def _emails(names: pl.Series) -> pl.Series:
    local = names.str.to_lowercase().str.replace(" ", ".", literal=True)
    local = local.str.replace_many(list(PLAIN_LETTERS), list(PLAIN_LETTERS.values()))
    table = pl.DataFrame({"local": local}).with_columns(pl.int_range(1, pl.len() + 1).over("local").alias("nth"))
    number = pl.when(pl.col("nth") == 1).then(pl.lit("")).otherwise(pl.col("nth").cast(pl.String))
    return table.select((pl.col("local") + number + "@example.com").alias("email")).to_series()


def coverage_rows(made: Made, names: SeatNames, people: PeopleNames) -> pl.DataFrame:
    """Return who covered which territory when."""
    staffing = made.staffing
    return pl.DataFrame(
        {
            "rep_id": pick(people.reps, staffing.rep),
            "territory_id": pick(names.seats, staffing.seat),
            "starts_on": as_dates(staffing.starts),
            "ends_on": as_dates(staffing.ends),
        }
    )


def quota_rows(made: Made, names: SeatNames) -> pl.DataFrame:
    """Return the quotas; what is attained is empty for quarters that aren't over."""
    n, n_quarters = made.quota.shape
    starts = made.history.starts
    ends = np.array([quarter_end(int(day)) for day in starts])
    known = np.zeros((n, n_quarters), dtype=bool)
    known[:, : made.history.n_completed] = True
    attained = np.zeros((n, n_quarters), dtype=np.int64)
    attained[:, : made.history.n_completed] = made.attained
    return pl.DataFrame(
        {
            "territory_id": pick(names.seats, np.repeat(np.arange(n), n_quarters)),
            "period_start": as_dates(np.tile(starts, n)),
            "period_end": as_dates(np.tile(ends, n)),
            "amount": made.quota.ravel(),
            "attained": pl.Series(attained.ravel()).set(pl.Series(~known.ravel()), None),
        }
    )


def transfer_rows(made: Made, people: PeopleNames) -> pl.DataFrame:
    """Return the requests for another territory: more often from those who miss their quota."""
    staffing, history = made.staffing, made.history
    current = np.flatnonzero(staffing.ends == NEVER)
    ratio = made.attainment.ratio[:, -4:].mean(axis=1)[staffing.seat[current]]
    share = TRANSFER_SHARE * np.exp(4 * (1 - ratio))
    asks = made.streams.uniform("transfer", len(current)) < share
    day = history.as_of - (180 * made.streams.uniform("requested_on", len(current))).astype(np.int64)
    day = np.maximum(day, staffing.starts[current])
    reason = 1 + (made.streams.uniform("reason", len(current)) * 3).astype(np.int64)
    reason = np.where(ratio < 0.9, 0, reason)
    return pl.DataFrame(
        {
            "rep_id": pick(people.reps, staffing.rep[current][asks]),
            "requested_on": as_dates(day[asks]),
            "reason": pick(TRANSFER_REASONS, reason[asks]),
        }
    )
