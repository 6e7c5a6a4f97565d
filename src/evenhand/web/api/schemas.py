"""What the API takes and gives."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

State = Literal["waiting", "running", "done", "failed", "cancelled"]
PlanTable = Literal["moves", "assignment", "territories", "quotas"]
Offset = Annotated[int, Field(ge=0, le=10_000_000, description="Rows to skip.")]
Limit = Annotated[int, Field(ge=1, le=1000, description="Most rows to return.")]


class Problem(Schema):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = ""


class Me(Schema):
    """Who the token acts as."""

    id: UUID
    email: str
    name: str
    role: str
    may: list[str]


class BookOut(Schema):
    """A book."""

    id: UUID
    name: str
    state: State
    source: str
    as_of: dt.date | None
    currency: str
    content_hash: str
    progress: dict[str, Any]
    problem: str
    summary: dict[str, Any]
    created_at: dt.datetime
    finished_at: dt.datetime | None


class PlanRunIn(Schema):
    """What a plan is asked for."""

    model_config = ConfigDict(extra="forbid")

    book_id: UUID
    title: Annotated[str, Field(max_length=200)] = ""
    values: Annotated[
        dict[str, Any], Field(description='Policy entries by dotted name: {"bands.potential": 0.1}.', max_length=200)
    ] = Field(default_factory=dict)
    events: Annotated[
        list[Annotated[str, Field(max_length=2000)]],
        Field(description="As on the command line: rep-left:territory=T07.", max_length=50),
    ] = Field(default_factory=list)


class PlanRunOut(Schema):
    """A plan run: the question, how far the solve is, and the figures of the plan."""

    id: UUID
    book_id: UUID
    title: str
    state: State
    question: dict[str, Any]
    attempt: int
    progress: dict[str, Any]
    problem: str
    summary: dict[str, Any]
    audience: Literal["makers", "shared"]
    version: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class Books(Schema):
    """A page of books."""

    items: list[BookOut]
    count: int


class PlanRuns(Schema):
    """A page of plan runs."""

    items: list[PlanRunOut]
    count: int


class Rows(Schema):
    """A page of rows."""

    items: list[dict[str, Any]]
    count: int


class FigureOut(Schema):
    """A figure of each plan, in the order asked for."""

    figure: str
    values: list[str]
    differs: bool


class Comparison(Schema):
    """Plans side by side."""

    plans: list[UUID]
    figures: list[FigureOut]
