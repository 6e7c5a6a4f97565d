"""What the API takes and gives of connections."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from evenhand.web.api.schemas import State

Hours = Annotated[float, Field(ge=0, le=8760, description="How often it is synced by itself; 0 for never.")]
Settings = Annotated[
    dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=500)]],
    Field(max_length=40, description="By the names of the vendor's form."),
]
Secrets = Annotated[
    dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=20_000)]],
    Field(max_length=10, description="Kept encrypted, never given back; what isn't named stays as it is."),
]
_EXAMPLE: dict[str, Any] = {
    "name": "crm",
    "vendor": "salesforce",
    "settings": {"address": "https://acme.my.salesforce.com", "client_id": "3MVG9"},
    "secrets": {"client_secret": "typed once"},
    "every_hours": 24,
}


class ConnectionIn(Schema):
    """A connection to make."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    name: Annotated[str, Field(max_length=60)]
    vendor: Annotated[str, Field(max_length=40)]
    settings: Settings = Field(default_factory=dict)
    secrets: Secrets = Field(default_factory=dict)
    every_hours: Hours = 0.0


class ConnectionChange(Schema):
    """What is changed of a connection."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"every_hours": 6}})

    settings: Settings = Field(default_factory=dict)
    secrets: Secrets = Field(default_factory=dict)
    every_hours: Hours | None = None


class SyncIn(Schema):
    """A sync or a test to ask for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"kind": "changes"}})

    kind: Literal["test", "changes", "full"] = "changes"


class SyncOut(Schema):
    """A sync or a test."""

    id: UUID
    connection_id: UUID
    kind: str
    state: State
    by_schedule: bool
    progress: dict[str, Any]
    problem: str
    summary: dict[str, Any]
    book_id: UUID | None
    created_at: dt.datetime
    finished_at: dt.datetime | None


class ConnectionOut(Schema):
    """A connection; of its secrets only which there are."""

    id: UUID
    name: str
    vendor: str
    settings: dict[str, str]
    secrets: list[str]
    every_hours: float | None
    last_sync: SyncOut | None


class ConnectionsOut(Schema):
    """Connections."""

    items: list[ConnectionOut]
    count: int


class SyncsOut(Schema):
    """Syncs, the latest first."""

    items: list[SyncOut]
    count: int


class Removed(Schema):
    """What was removed."""

    removed: str
