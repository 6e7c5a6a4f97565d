"""Whether a territory assignment rule takes an account: its items, joined by its filter logic.

https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_territory2rule.htm: items with an
operation, "1 AND (2 OR 3)" by their order; without such a filter all of them hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TOKEN = re.compile(r"\s*(\d+|AND|OR|NOT|\(|\))", re.IGNORECASE)


def matches(account: Mapping[str, Any], items: Sequence[Mapping[str, Any]], logic: str | None) -> bool:
    """Say whether a rule takes an account; where its criteria can't be understood, that it does.

    A rule is reported rather once too often: whoever reads of it looks at it.
    """
    ordered = sorted(items, key=lambda item: item.get("SortOrder") or 0)
    truths = [_holds(account.get(str(item["Field"])), str(item["Operation"]), item.get("Value")) for item in ordered]
    if not logic:
        return all(truths)
    tokens = _TOKEN.findall(logic)
    if "".join(tokens).replace(" ", "") != re.sub(r"\s+", "", logic):
        return True
    try:
        result, rest = _either([token.upper() for token in tokens], truths)
    except (IndexError, ValueError):
        return True
    return True if rest else result


def _either(tokens: list[str], truths: Sequence[bool]) -> tuple[bool, list[str]]:
    result, tokens = _both(tokens, truths)
    while tokens and tokens[0] == "OR":
        more, tokens = _both(tokens[1:], truths)
        result = result or more
    return result, tokens


def _both(tokens: list[str], truths: Sequence[bool]) -> tuple[bool, list[str]]:
    result, tokens = _one(tokens, truths)
    while tokens and tokens[0] == "AND":
        more, tokens = _one(tokens[1:], truths)
        result = result and more
    return result, tokens


def _one(tokens: list[str], truths: Sequence[bool]) -> tuple[bool, list[str]]:
    if tokens[0] == "NOT":
        result, rest = _one(tokens[1:], truths)
        return not result, rest
    if tokens[0] == "(":
        result, rest = _either(tokens[1:], truths)
        if rest[0] != ")":
            raise ValueError(rest[0])
        return result, rest[1:]
    place = int(tokens[0])
    if place < 1:
        raise IndexError(place)
    return truths[place - 1], tokens[1:]


def _holds(value: Any, operation: str, wanted: Any) -> bool:
    test = _TESTS.get(operation)
    if test is None:
        return True
    many = [part.strip().lower() for part in str(wanted or "").split(",")]
    return test("" if value is None else str(value).lower(), many)


def _compare(sign: Callable[[float, float], bool]) -> Callable[[str, list[str]], bool]:
    def test(value: str, many: list[str]) -> bool:
        try:
            return sign(float(value), float(many[0]))
        except ValueError:
            return bool(value) and sign(float((value > many[0]) - (value < many[0])), 0.0)

    return test


_TESTS: dict[str, Callable[[str, list[str]], bool]] = {
    "equals": lambda value, many: value in many,
    "notEqual": lambda value, many: value not in many,
    "startsWith": lambda value, many: any(value.startswith(part) for part in many),
    "contains": lambda value, many: any(part in value for part in many),
    "notContain": lambda value, many: all(part not in value for part in many),
    "includes": lambda value, many: any(part in value.split(";") for part in many),
    "excludes": lambda value, many: all(part not in value.split(";") for part in many),
    "lessThan": _compare(lambda a, b: a < b),
    "greaterThan": _compare(lambda a, b: a > b),
    "lessOrEqual": _compare(lambda a, b: a <= b),
    "greaterOrEqual": _compare(lambda a, b: a >= b),
}
