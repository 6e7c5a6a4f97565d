"""What is read wholly each time, since it is small: owners, archived ones too, and the stages of all pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.sources.hubspot.objects import OWNERS, STAGES
from evenhand.adapters.sources.hubspot.records import as_text
from evenhand.app.records import FieldKind, SourceField, SourceObject

if TYPE_CHECKING:
    from evenhand.adapters.sources.hubspot.client import HubSpotClient

Rows = list[dict[str, str | None]]

_OWNER_PAGE = 500
_OWNER_FIELDS = (
    SourceField("id", FieldKind.ID, "Owner"),
    SourceField("name", FieldKind.TEXT, "Name"),
    SourceField("email", FieldKind.TEXT, "Email"),
    SourceField("user_id", FieldKind.ID, "User"),
    SourceField("team", FieldKind.TEXT, "Team"),
    SourceField("archived", FieldKind.FLAG, "Archived"),
    SourceField("created_at", FieldKind.STAMP, "Created"),
    SourceField("updated_at", FieldKind.STAMP, "Last changed"),
)
_STAGE_FIELDS = (
    SourceField("id", FieldKind.ID, "Stage"),
    SourceField("label", FieldKind.TEXT, "Name"),
    SourceField("pipeline_id", FieldKind.ID, "Pipeline"),
    SourceField("pipeline", FieldKind.TEXT, "Name of the pipeline"),
    SourceField("display_order", FieldKind.NUMBER, "Order"),
    SourceField("pipeline_order", FieldKind.NUMBER, "Order of the pipeline"),
    SourceField("is_closed", FieldKind.FLAG, "Closed"),
    SourceField("is_won", FieldKind.FLAG, "Won"),
    SourceField("probability", FieldKind.NUMBER, "Probability"),
    SourceField("archived", FieldKind.FLAG, "Archived"),
)


def read_owners(client: HubSpotClient) -> tuple[SourceObject, Rows]:
    """Read all owners; of deals and companies many still have one who has left.

    https://developers.hubspot.com/docs/api-reference/latest/crm/owners/guide: archived ones come only when asked for.
    """
    rows: Rows = []
    for archived in ("false", "true"):
        after = ""
        while True:
            query = {"limit": str(_OWNER_PAGE), "archived": archived} | ({"after": after} if after else {})
            answer = client.ask("GET", "/crm/v3/owners/", query=query)
            said = answer.json(dict)
            for one in answer.get(said, "results", list):
                owner = answer.check(one, dict, "an owner")
                teams = [answer.check(team, dict, "a team") for team in answer.find(owner, "teams", list) or ()]
                first = [team for team in teams if team.get("primary")] or teams
                name = " ".join(part for key in ("firstName", "lastName") if (part := answer.find(owner, key, str)))
                email = answer.find(owner, "email", str)
                rows.append({
                    "id": answer.get(owner, "id", str), "name": name or email, "email": email,
                    "user_id": as_text(owner.get("userId") or owner.get("userIdIncludingInactive")),
                    "team": answer.find(first[0], "name", str) if first else None, "archived": archived,
                    "created_at": answer.find(owner, "createdAt", str),
                    "updated_at": answer.find(owner, "updatedAt", str),
                })  # fmt: skip
            after = next_after(answer.find(said, "paging", dict))
            if not after:
                break
    unique = {str(row["id"]): row for row in reversed(rows)}
    found = SourceObject(OWNERS, _OWNER_FIELDS, "id", label="Owners")
    return found, [unique[key] for key in sorted(unique)]


def read_stages(client: HubSpotClient) -> tuple[SourceObject, Rows]:
    """Read the stages of all pipelines of deals, by their ids: names are changed, and two pipelines share some.

    https://developers.hubspot.com/docs/api-reference/latest/crm/pipelines/guide: what closes is said by the metadata,
    and a probability of 1 is won.
    """
    answer = client.ask("GET", "/crm/v3/pipelines/deals")
    rows: Rows = []
    for one in answer.get(answer.json(dict), "results", list):
        pipeline = answer.check(one, dict, "a pipeline")
        for another in answer.get(pipeline, "stages", list):
            stage = answer.check(another, dict, "a stage")
            meta = answer.find(stage, "metadata", dict) or {}
            probability = as_text(meta.get("probability"))
            is_closed = as_text(meta.get("isClosed")) == "true"
            rows.append({
                "id": answer.get(stage, "id", str), "label": answer.find(stage, "label", str),
                "pipeline_id": answer.get(pipeline, "id", str), "pipeline": answer.find(pipeline, "label", str),
                "display_order": as_text(stage.get("displayOrder")),
                "pipeline_order": as_text(pipeline.get("displayOrder")), "is_closed": as_text(is_closed),
                "is_won": as_text(is_closed and probability in {"1", "1.0"}), "probability": probability,
                "archived": as_text(bool(stage.get("archived"))),
            })  # fmt: skip
    unique = {str(row["id"]): row for row in reversed(rows)}
    found = SourceObject(STAGES, _STAGE_FIELDS, "id", label="Stages of deals")
    return found, [unique[key] for key in sorted(unique)]


def read_history_fields() -> tuple[SourceField, ...]:
    """Return the columns of a property's history."""
    return (
        SourceField("id", FieldKind.ID, "Change"),
        SourceField("company_id", FieldKind.ID, "Company"),
        SourceField("value", FieldKind.TEXT, "Value from then on"),
        SourceField("changed_at", FieldKind.STAMP, "When"),
    )


def next_after(paging: dict[str, object] | None) -> str:
    """Return the token of the next page, "" after the last."""
    following = (paging or {}).get("next")
    after = following.get("after") if isinstance(following, dict) else None
    return after if isinstance(after, str) and len(after) <= 200 else ""
