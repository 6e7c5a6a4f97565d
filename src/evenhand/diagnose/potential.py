"""Revenue potential: as the firm gives it, else a score that anyone can add up by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.qualification import has_buying_facts

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

PARTS = ("size", "fit", "propensity", "expansion")
"""What the score is made of; the weight of each is the policy entry ``potential.weight_<part>``."""

FULL_SCORE = 100.0
"""Points of an account of typical size that has the best of everything else."""


def has_size_facts(book: Book) -> bool:
    """Say whether the book tells a large account from a small one."""
    return any(book.has("accounts", column) for column in ("potential", "annual_revenue_cents", "employees"))


def known_parts(book: Book, policy: Policy) -> tuple[str, ...]:
    """Return the parts of the score that the book has facts for, in order."""
    facts = {
        "size": book.has("accounts", "annual_revenue_cents") or book.has("accounts", "employees"),
        "fit": bool(policy.potential.industry_fit) and book.has("accounts", "vertical"),
        "propensity": has_buying_facts(book),
        "expansion": book.has("accounts", "expansion_potential") or book.has("accounts", "product_usage"),
    }
    return tuple(part for part in PARTS if facts[part] and _weight(part, policy) > 0)


def score_potential(accounts: pl.DataFrame, book: Book, policy: Policy) -> pl.DataFrame:
    """Add the revenue potential and what it is made of to the accounts.

    Parameters
    ----------
    accounts
        Active accounts with their book columns, n_open, buying, propensity (null where it isn't learned) and
        is_whitespace.
    book
        Says which columns the source brought.
    policy
        See References.

    Returns
    -------
    pl.DataFrame
        The accounts with potential (never null), potential_source ("given", "scored", or "flat" where the book says
        nothing to score by and every account counts the same) and potential_size, potential_fit,
        potential_propensity, potential_expansion, which add up to a scored potential and are null for a given one
        or where the book has no facts for the part (but the size of every account is then the same).

    Notes
    -----
    score = 100 × Σ weight(part) × value(part) ÷ Σ weights of the parts the book has facts for, with

    - size = (annual revenue ÷ the median revenue of active accounts) ** size_exponent; where the revenue is null, by
      employees likewise; 1 where neither is known, so that the size always counts;
    - fit = industry_fit of the vertical, else default_fit;
    - propensity = 1 for an account that is buying, else 0; where it is learned, its probability ÷ that of the account
      at full_share of the list, at most 1;
    - expansion = expansion_potential, else whitespace_expansion for an account that never bought in a family that did
      (`find_whitespace`), else product_usage (customers who use what they bought buy more).

    An unknown propensity or expansion of one account is the mean of the known ones. Where the source gives the
    potential of some accounts, the scores of the others are scaled to the same unit: by the sum given ÷ the sum
    scored over the accounts that have it given.

    References
    ----------
    Policy section ``potential``.
    """
    known = known_parts(book, policy)
    # Without its size an account that isn't buying would be worth nothing.
    parts = tuple(part for part in PARTS if part in known or (part == "size" and _weight("size", policy) > 0))
    total_weight = sum(_weight(part, policy) for part in parts)
    given = pl.col("potential").is_not_null()
    values = _part_values(policy)
    points = {
        f"potential_{part}": values[part] * (FULL_SCORE * _weight(part, policy) / total_weight)
        if part in parts
        else pl.lit(None, pl.Float64)
        for part in PARTS
    }
    scored = accounts.with_columns(**points).with_columns(
        score=pl.sum_horizontal(*points) if parts else pl.lit(FULL_SCORE)
    )
    scale = _scale_to_given(scored)
    shown = pl.when(~given)
    # The parts are scaled first and then added up, so that they add up to the last digit.
    return (
        scored.with_columns(
            *(shown.then(pl.col(column) * scale).alias(column) for column in points),
            potential_source=given.replace_strict({True: "given", False: "scored" if known else "flat"}),
        )
        .with_columns(
            potential=pl.coalesce("potential", pl.sum_horizontal(*points) if parts else pl.col("score") * scale)
        )
        .drop("score")
    )


def _weight(part: str, policy: Policy) -> float:
    return float(getattr(policy.potential, f"weight_{part}"))


def _part_values(policy: Policy) -> dict[str, pl.Expr]:
    rules = policy.potential
    revenue = pl.col("annual_revenue_cents").cast(pl.Float64)
    employees = pl.col("employees").cast(pl.Float64)
    size = pl.coalesce(_relative(revenue), _relative(employees), pl.lit(1.0)) ** rules.size_exponent
    fit = pl.col("vertical").replace_strict(
        list(rules.industry_fit), list(rules.industry_fit.values()), default=rules.default_fit, return_dtype=pl.Float64
    )
    buying = pl.col("buying").cast(pl.Float64)
    likeliest = pl.col("propensity").quantile(policy.propensity.full_share)
    learned = pl.when(likeliest > 0).then((pl.col("propensity") / likeliest).clip(upper_bound=1.0))
    propensity = pl.coalesce(learned, buying)
    whitespace = pl.when("is_whitespace").then(rules.whitespace_expansion)
    expansion = pl.coalesce("expansion_potential", whitespace, "product_usage")
    return {
        "size": size,
        "fit": fit,
        "propensity": propensity.fill_null(propensity.mean()),
        "expansion": expansion.fill_null(expansion.mean()),
    }


def _relative(size: pl.Expr) -> pl.Expr:
    """Divide by the median of what is above 0; null where nothing is."""
    return size / size.filter(size > 0).median()


def _scale_to_given(scored: pl.DataFrame) -> float:
    given = scored.filter(pl.col("potential").is_not_null() & (pl.col("score") > 0))
    total = float(given["score"].sum())
    return float(given["potential"].sum()) / total if total > 0 else 1.0
