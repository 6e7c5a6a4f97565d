"""What the API takes and gives of pushes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from evenhand.web.api.schemas import State


class PushIn(Schema):
    """A push to ask for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"connection_id": "9b2f6d0e-3f0c-4a55-9a0e-0a3c5d1f7e21", "mode": "dry-run"}},
    )

    connection_id: UUID
    mode: Literal["dry-run", "apply", "rollback"] = "dry-run"
    until: Annotated[dt.date | None, Field(description="What is due by that day; today where it isn't said.")] = None
    confirmed: Annotated[str, Field(max_length=60, description="The connection's name, unless it is a dry run.")] = ""
    again: Annotated[bool, Field(description="Write once more what was taken back before.")] = False


class PushOut(Schema):
    """A push."""

    id: UUID
    handoff_id: UUID
    connection_id: UUID | None
    to: str
    mode: str
    until: dt.date
    again: bool
    state: State
    progress: dict[str, Any]
    problem: str
    summary: dict[str, Any]
    created_at: dt.datetime
    finished_at: dt.datetime | None


class PushesOut(Schema):
    """Pushes, the latest first."""

    items: list[PushOut]
    count: int


class RecordsOut(Schema):
    """What became of each record of a push."""

    items: list[dict[str, Any]]
    count: int
