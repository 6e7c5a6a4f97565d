"""What the API takes and gives."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from evenhand.foundation.errors import InputError

_BOOK = "9b2f6d0e-3f0c-4a55-9a0e-0a3c5d1f7e21"


def _asked(example: dict[str, Any]) -> ConfigDict:
    """Take nothing that isn't named, and show an example."""
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})


State = Literal["waiting", "running", "done", "failed", "cancelled"]
ChangesTable = Literal["accounts", "territories", "opportunities", "moves"]
PlanTable = Literal["moves", "assignment", "territories", "quotas"]
Severity = Literal["error", "warning", "note"]
RoleName = Literal["revops", "leader", "manager", "rep", "viewer"]
Version = Annotated[int, Field(ge=1, le=2_000_000_000, description="The version that was seen.", examples=[1])]
Edits = Annotated[
    list[Annotated[str, Field(max_length=1000)]],
    Field(
        max_length=500,
        description="move:ACCOUNT=TERRITORY, move-alone:ACCOUNT=TERRITORY, lock:ACCOUNT or exclude:ACCOUNT.",
        examples=[["move:A000016=T07", "lock:A000021"]],
    ),
]
Title = Annotated[str, Field(max_length=200)]
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

    model_config = _asked({"book_id": _BOOK, "values": {"bands.potential": 0.1}, "events": ["rep-left:territory=T07"]})

    book_id: UUID
    title: Title = ""
    values: Annotated[
        dict[str, Any],
        Field(
            description='Policy entries by dotted name: {"bands.potential": 0.1}.',
            max_length=200,
            examples=[{"bands.potential": 0.1, "moves.locked_accounts": ["A000021"]}],
        ),
    ] = Field(default_factory=dict)
    events: Annotated[
        list[Annotated[str, Field(max_length=2000)]],
        Field(
            description="As on the command line: rep-left:territory=T07.",
            max_length=50,
            examples=[["rep-left:territory=T07"]],
        ),
    ] = Field(default_factory=list)


class PlanRunOut(Schema):
    """A plan run: the question, how far the solve is, and the figures of the plan."""

    id: UUID
    book_id: UUID
    title: str
    state: State
    question: dict[str, Any]
    parent_id: UUID | None
    change: dict[str, Any]
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


class TerritoryOut(Schema):
    """One territory: verdicts by layer, figures, whether the territory or the rep, its quarters, what fired."""

    territory_id: str
    name: str | None
    parent_territory_id: str | None
    rep: str | None
    is_seat: bool
    verdicts: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    effect: dict[str, Any] | None
    drift: str
    quarters: list[dict[str, Any]]
    triggers: list[dict[str, Any]]


class TracedPolicyEntry(Schema):
    """A policy entry that a figure depends on."""

    path: str
    value: Any
    effective_on: dt.date
    source: str


class Step(Schema):
    """A step of working a figure out."""

    label: str
    text: str


class RecordsOut(Schema):
    """How a figure came about, and a page of the records that entered it."""

    subject: str
    title: str
    value: str
    formula: str
    steps: list[Step]
    policy: list[TracedPolicyEntry]
    tables: dict[str, int] = Field(description="Which tables it has, and how many rows each.")
    table: str
    items: list[dict[str, Any]]
    count: int


class EditsPreview(Schema):
    """Edits to be weighed."""

    model_config = _asked({"edits": ["move:A000016=T07"]})

    edits: Annotated[Edits, Field(min_length=1)]


class EditsEffect(Schema):
    """What edits would do: every measure of the territories touched, the plan's levels, what they break."""

    edits: list[str]
    accounts: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    levels: list[dict[str, Any]]
    quota_cents: int
    breaks: list[dict[str, Any]]
    suggestion: dict[str, Any] | None


class EditsIn(Schema):
    """Edits to be made; with mend the suggested shift too, with repair the rest solved again, with undo a step back."""

    model_config = _asked({"version": 1, "edits": ["move:A000016=T07", "lock:A000021"], "title": "As Anna asked"})

    version: Version
    edits: Edits = Field(default_factory=list)
    mend: bool = False
    repair: bool = False
    undo: bool = False
    title: Title = ""


class DraftIn(Schema):
    """Edits to keep for later; none to keep nothing any more."""

    model_config = _asked({"version": 0, "edits": ["lock:A000021"]})

    version: Annotated[
        int, Field(ge=0, le=2_000_000_000, description="The version that was seen; 0 for none.", examples=[0])
    ]
    edits: Edits


class DraftOut(Schema):
    """The edits kept with a plan."""

    version: int
    edits: list[str]
    updated_by: str
    updated_at: dt.datetime | None


class StudyIn(Schema):
    """What a study is asked for."""

    model_config = _asked({"book_id": _BOOK, "kind": "frontier"})

    book_id: UUID
    kind: Literal["frontier", "scenarios"]
    text: Annotated[
        str,
        Field(
            max_length=100_000,
            description="Scenarios as TOML, a table [scenario.NAME] each; nothing for a frontier.",
            examples=["[scenario.gentle.bands]\npotential = 0.2\n\n[scenario.fair.bands]\npotential = 0.1\n"],
        ),
    ] = ""
    title: Title = ""


class StudyOut(Schema):
    """A study: the question, how far it is, and what came of it."""

    id: UUID
    book_id: UUID
    kind: Literal["frontier", "scenarios"]
    title: str
    text: str
    state: State
    progress: dict[str, Any]
    problem: str
    summary: dict[str, Any]
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class Studies(Schema):
    """A page of studies."""

    items: list[StudyOut]
    count: int


class ScenarioIn(Schema):
    """Which scenario."""

    model_config = _asked({"scenario": "gentle"})

    scenario: Annotated[str, Field(min_length=1, max_length=200, examples=["gentle"])]


class CommentIn(Schema):
    """Something to say."""

    model_config = _asked({"text": "Is T07 not Anna's anchor?", "place": "territory:T07"})

    text: Annotated[str, Field(max_length=20_000, examples=["Is T07 not Anna's anchor? @Boris, you know them."])]
    place: Annotated[
        str,
        Field(
            max_length=240,
            description="territory:T07 or move:A000016; empty for the whole of it.",
            examples=["territory:T07"],
        ),
    ] = ""


class CommentChange(Schema):
    """Other words for a comment."""

    model_config = _asked({"text": "T08, I meant.", "version": 1})

    text: Annotated[str, Field(max_length=20_000, examples=["T08, I meant."])]
    version: Version


class CommentOut(Schema):
    """Something that was said; text is empty once it is deleted."""

    id: UUID
    book_id: UUID | None
    plan_run_id: UUID | None
    place: str
    text: str
    author: str
    mentioned: list[str]
    created_at: dt.datetime
    edited_at: dt.datetime | None
    deleted_at: dt.datetime | None
    version: int


class Comments(Schema):
    """A page of comments."""

    items: list[CommentOut]
    count: int


class PersonOut(Schema):
    """Someone who is here."""

    id: UUID
    email: str
    name: str
    role: RoleName
    rep_id: str
    is_active: bool
    version: int


class People(Schema):
    """A page of people."""

    items: list[PersonOut]
    count: int


class PersonIn(Schema):
    """What someone is from now on."""

    model_config = _asked({"role": "manager", "rep_id": "R03", "is_active": True, "version": 1})

    role: Annotated[RoleName, Field(examples=["manager"])]
    rep_id: Annotated[str, Field(max_length=200, description="For managers and reps.", examples=["R03"])] = ""
    is_active: bool = True
    version: Version


class InvitationIn(Schema):
    """Whom to invite, as what."""

    model_config = _asked({"email": "anna@firm.example", "role": "manager", "rep_id": "R03"})

    email: Annotated[str, Field(max_length=254, examples=["anna@firm.example"])]
    role: Annotated[RoleName, Field(examples=["manager"])]
    rep_id: Annotated[str, Field(max_length=200, description="For managers and reps.", examples=["R03"])] = ""


class InvitationOut(Schema):
    """Someone who is invited."""

    id: UUID
    email: str
    role: RoleName
    rep_id: str
    invited_by: str
    created_at: dt.datetime
    expires_at: dt.datetime


class InvitedOut(InvitationOut):
    """An invitation that was made; the link is told where the mail couldn't be sent."""

    is_mailed: bool
    link: str | None


class Invitations(Schema):
    """A page of invitations."""

    items: list[InvitationOut]
    count: int


class TokenIn(Schema):
    """A token to make."""

    model_config = _asked({"name": "Warehouse sync", "scope": "read", "days": 30})

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Warehouse sync"])]
    scope: Literal["read", "write"] = "read"
    days: Annotated[int, Field(ge=1, le=730, examples=[30])] = 30


class TokenOut(Schema):
    """A token, without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None


class MadeToken(TokenOut):
    """A token with its secret, which is told this once."""

    secret: str


class Tokens(Schema):
    """A page of tokens."""

    items: list[TokenOut]
    count: int


class AuditEventOut(Schema):
    """Something that someone did; the actor is null for the workspace itself."""

    at: dt.datetime
    actor: str | None
    action: str
    subject: str
    subject_id: str
    detail: dict[str, Any]


class AuditEvents(Schema):
    """A page of the audit trail."""

    items: list[AuditEventOut]
    count: int


def read_day(text: str, field: str) -> dt.date | None:
    """Read a date of a form, which sends text; None where it is empty.

    Raises
    ------
    InputError
        Where it is no date.
    """
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError({field: f"{text!r} is no date; write YYYY-MM-DD"}) from None


class Changes(Schema):
    """What changed in a book since another one."""

    counts: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    items: list[dict[str, Any]]
    count: int


class MappingOut(Schema):
    """A version of a saved mapping."""

    id: UUID
    name: str
    number: int
    text: str
    created_at: dt.datetime


class Mappings(Schema):
    """A page of saved mappings."""

    items: list[MappingOut]
    count: int


class SourceOut(Schema):
    """A folder on the server that books are brought in from again and again."""

    id: UUID
    name: str
    server_path: str
    mapping_name: str
    currency: str


class Sources(Schema):
    """A page of saved sources."""

    items: list[SourceOut]
    count: int
