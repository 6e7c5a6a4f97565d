"""The accounts table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.app.sample.calendar import NEVER, as_dates
from evenhand.app.sample.columns import ids, pick, width_for
from evenhand.app.sample.customers import HOT, SEGMENTS, VERTICAL_FIT, VERTICALS
from evenhand.app.sample.places import CITIES, FRENCH_REGIONS
from evenhand.app.sample.words import HEADS, LEGAL_FORMS, MIDDLES, TAILS, VERTICAL_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.making import Made

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TIERS, TIER_SHARES = ("A", "B", "C"), (0.10, 0.25)
EXECUTIVE_SHARE = (0.003, 0.015, 0.05)
ANCHOR_SHARE = (0.0005, 0.005, 0.025)
LOCKED_SHARE = 0.004
BUYING_SHARE = (0.05, 0.25, 0.65)
POSTAL_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"


def account_ids(n: int) -> pl.Series:
    """Return the ids of the accounts, A000001 and on."""
    return ids("A", n, width_for(n, 6))


def account_rows(made: Made, territory_ids: pl.Series) -> pl.DataFrame:
    """Return the accounts as a source would export them."""
    customers, streams = made.customers, made.streams
    n, state = customers.n, customers.state
    names = account_ids(n)
    index = np.arange(n)
    is_child = customers.head != index
    active = customers.is_active

    def flag(name: str, shares: Floats) -> pl.Series:
        return pl.Series((streams.uniform(name, n) < shares) & active)

    city = customers.city
    is_customer = customers.customer_since != NEVER
    usage = np.round(streams("usage").beta(4, 2, n), 2)
    expansion = np.round(streams("expansion").beta(2, 3, n), 2)
    fit = np.clip(0.1 + 0.35 * VERTICAL_FIT[customers.vertical] + 0.02 * (customers.segment > 0), 0, 1)
    bought = pl.Series(is_customer)
    return pl.DataFrame(
        {
            "account_id": names,
            "territory_id": pick(territory_ids, made.handovers.now),
            "name": _names(made),
            "parent_account_id": pick(names, np.where(is_child, customers.head, -1)),
            "segment": pick(SEGMENTS, customers.segment),
            "vertical": pick(VERTICALS, customers.vertical),
            "country": pick([c.country for c in CITIES], city),
            "region": pick([c.region for c in CITIES], city),
            "postal_code": _postal_codes(made),
            "latitude": customers.latitude,
            "longitude": customers.longitude,
            "time_zone": pick([c.time_zone for c in CITIES], city),
            "language": pick(["fr" if c.region in FRENCH_REGIONS else "en" for c in CITIES], city),
            "employees": customers.employees,
            "annual_revenue": customers.annual_revenue,
            "potential": customers.potential.astype(np.int64),
            "workload_hours": pl.Series([None], dtype=pl.Float64).new_from_index(0, n),
            "tier": pick(TIERS, tier_of(customers.potential)),
            "fits_icp": pl.Series(streams.uniform("fits_icp", n) < fit),
            "in_buying_cycle": flag("in_buying_cycle", np.array(BUYING_SHARE)[state]),
            "expansion_potential": pl.Series(expansion).set(~bought, None),
            "product_usage": pl.Series(usage).set(~bought, None),
            "executive_relationship": flag("executive_relationship", np.array(EXECUTIVE_SHARE)[state]),
            "anchor": flag("anchor", np.array(ANCHOR_SHARE)[state]),
            "locked": flag("locked", np.where(state == HOT, 2, 1) * LOCKED_SHARE),
            "created_on": as_dates(customers.created_on),
            "churned_on": as_dates(customers.churned_on),
            "last_activity_on": as_dates(made.contacts.last_on),
        }
    )


def tier_of(potential: Floats) -> Ints:
    """Return the index in `TIERS` of each account: the tenth with most potential, the quarter after it, the rest."""
    bounds = np.quantile(potential, [1 - TIER_SHARES[0], 1 - sum(TIER_SHARES)])
    return np.where(potential >= bounds[0], 0, np.where(potential >= bounds[1], 1, 2)).astype(np.int64)


def _names(made: Made) -> pl.Series:
    customers = made.customers
    n = customers.n

    def word(name: str, words: tuple[str, ...]) -> pl.Series:
        return pick(words, (made.streams.uniform(f"name {name}", n) * len(words)).astype(np.int64))

    per_vertical = len(next(iter(VERTICAL_WORDS.values())))
    business = customers.vertical * per_vertical
    business += (made.streams.uniform("name business", n) * per_vertical).astype(np.int64)
    stem = word("head", HEADS) + word("middle", MIDDLES) + word("tail", TAILS) + " "
    stem += pick([text for texts in VERTICAL_WORDS.values() for text in texts], business)
    is_public = customers.vertical == list(VERTICAL_WORDS).index("Public sector")
    full = (stem + " " + word("form", LEGAL_FORMS)).zip_with(pl.Series(~is_public), stem)
    child = stem.gather(customers.head.astype(np.uint32)) + " " + pick([c.name for c in CITIES], customers.city)
    return full.zip_with(pl.Series(customers.head == np.arange(n)), child)


def _postal_codes(made: Made) -> pl.Series:
    """Codes rise from west to east within a city, so that those near each other are alike."""
    customers = made.customers
    east = customers.longitude - np.array([c.longitude for c in CITIES])[customers.city]
    share = np.clip(0.5 + east / 1.0, 0, 0.999)
    number = 1 + (share * 98).astype(np.int64)
    prefix = pick([c.postal for c in CITIES], customers.city)
    united_states = prefix + pick([f"{value:02d}" for value in range(100)], number)
    letter = (made.streams.uniform("postal letter", customers.n) * len(POSTAL_LETTERS)).astype(np.int64)
    digits = [str(value) for value in range(10)]
    canada = (
        prefix
        + " "
        + pick(digits, 1 + (share * 9).astype(np.int64))
        + pick(list(POSTAL_LETTERS), letter)
        + pick(digits, (made.streams.uniform("postal digit", customers.n) * 10).astype(np.int64))
    )
    is_us = np.array([c.country == "US" for c in CITIES])[customers.city]
    return united_states.zip_with(pl.Series(is_us), canada)
