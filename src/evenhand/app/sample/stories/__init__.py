"""What has happened to the firm, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.app.sample.stories.graduation import GRADUATION
from evenhand.app.sample.stories.new_hire import NEW_HIRE
from evenhand.app.sample.stories.new_product import NEW_PRODUCT
from evenhand.app.sample.stories.part import Story
from evenhand.app.sample.stories.vacancies import LAYOFF, REP_LEFT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames
    from evenhand.app.sample.stories.part import Tables


def _drifted(made: Made, _: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    return tables, {"story": made.request.story}


STORIES: Mapping[str, Story] = {
    "drift": Story(_drifted),
    "rep-left": REP_LEFT,
    "new-hire": NEW_HIRE,
    "layoff": LAYOFF,
    "new-product": NEW_PRODUCT,
    "graduation": GRADUATION,
}
