"""``evenhand review policies``, ``sign``, ``delegate`` …: the policy before its signers, and who stands in for whom."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evenhand.cli.output import Format, print_frame, print_json, say
from evenhand.cli.remote import find, open_workspace
from evenhand.foundation.errors import InputError

Version = Annotated[str, typer.Argument(help="Id of the version, or its first characters; see `review policies`.")]
How = Annotated[Format, typer.Option("--format", help="How to print.")]


def list_policies(*, output: How = Format.TABLE) -> None:
    """List the versions of the policy that you may read, the latest first.

    Example: evenhand review policies
    """
    items = open_workspace().get("policies", limit=1000)["items"]
    if output is Format.JSON:
        print_json(items)
        return
    import polars as pl

    names = ("id", "name", "reason", "signed_at", "published_at", "withdrawn_at")
    rows = [
        {name: one[name] for name in names} | {"has_yet_to_sign": ", ".join(one["missing_signatures"])} for one in items
    ]
    print_frame(pl.DataFrame(rows, infer_schema_length=None), output, "The policy")


def show_policy(version: Version, *, output: How = Format.TABLE) -> None:
    """Print a version: its rules as TOML, or with --format json everything.

    Example: evenhand review policy 5c1e > policy.toml
    """
    workspace = open_workspace()
    said = workspace.get(find(workspace, "policies", version))
    if output is Format.JSON:
        print_json(said)
        return
    typer.echo(said["text"], nl=False)
    for one in said["signatures"]:
        signed = f"signed on {one['signed_at'][:10]} by {one['signed_by']}" if one["signed_at"] else "has yet to sign"
        say(f"{one['title']}: {one['holder'] or 'nobody holds the title'}, {signed}.")


def propose_policy(
    *,
    plan: Annotated[str, typer.Option("--exception-of", help="Id of a plan run under another policy.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why the exception.")] = "",
) -> None:
    """Put the firm's policy to the signers, or a plan's as an exception with a reason.

    Example: evenhand review propose-policy
    """
    said = open_workspace().ask("POST", "policies", {"exception_of_plan_run_id": plan or None, "reason": reason})
    _tell(said)


def sign(version: Version, *, title: Annotated[str, typer.Option("--as", help="The title that you sign for.")]) -> None:
    """Sign a version for a title that is yours, or whose holder you stand in for.

    Example: evenhand review sign 5c1e --as "VP Sales"
    """
    workspace = open_workspace()
    _tell(workspace.ask("POST", find(workspace, "policies", version) + "/signatures", {"title": title}))


def publish_policy(version: Version) -> None:
    """Let everyone read a version that is signed by all.

    Example: evenhand review publish-policy 5c1e
    """
    workspace = open_workspace()
    _tell(workspace.ask("POST", find(workspace, "policies", version) + "/publish"))


def withdraw_policy(version: Version) -> None:
    """Take a version back before everyone has signed.

    Example: evenhand review withdraw-policy 5c1e
    """
    workspace = open_workspace()
    _tell(workspace.ask("POST", find(workspace, "policies", version) + "/withdraw"))


def delegate(
    person: Annotated[str, typer.Argument(help="Name or address of whoever stands in for you.")],
    *,
    start: Annotated[str, typer.Option("--from", help="First day, such as 2026-12-21.")],
    end: Annotated[str, typer.Option("--to", help="Last day.")],
) -> None:
    """Let somebody sign and approve in your stead for a time; `review end-delegation` ends it early.

    Example: evenhand review delegate ana@firm.example --from 2026-12-21 --to 2027-01-04
    """
    workspace = open_workspace()
    known = workspace.get("delegations")["may_stand_in"]
    wanted = person.strip().lower()
    found = [one["id"] for one in known if wanted in {one["name"].lower(), one["email"].lower()}]
    if len(found) != 1:
        named = ", ".join(one["email"] for one in known) or "nobody"
        message = f"{person!r} is {'more than one' if found else 'none'} of those who may stand in for you: {named}"
        raise InputError({"PERSON": message})
    body = {"to": found[0], "starts_on": start, "ends_on": end}
    made = workspace.ask("POST", "delegations", body)
    say(f"{made['to']} stands in for {made['of']} from {made['starts_on']} to {made['ends_on']}.")
    print_json({"id": made["id"]})


def delegations(*, output: How = Format.TABLE) -> None:
    """List your delegations, and those to you.

    Example: evenhand review delegations
    """
    import polars as pl

    items = open_workspace().get("delegations")["items"]
    if output is Format.JSON:
        print_json(items)
    else:
        print_frame(pl.DataFrame(items, infer_schema_length=None), output, "Who stands in for whom")


def end_delegation(delegation: Annotated[str, typer.Argument(help="Id of the delegation.")]) -> None:
    """End a delegation of yours now.

    Example: evenhand review end-delegation 9b2f6d0e-3f0c-4a55-9a0e-0a3c5d1f7e21
    """
    open_workspace().ask("DELETE", f"delegations/{delegation}")
    say("Ended.")


def _tell(said: dict[str, Any]) -> None:
    missing = said["missing_signatures"]
    state = "withdrawn" if said["withdrawn_at"] else "published" if said["published_at"] else ""
    state = state or (f"waiting for {', '.join(missing)}" if missing else "signed by all")
    say(f"{said['name']} is {state}.")
    print_json({"id": said["id"], "missing_signatures": missing, "published_at": said["published_at"]})
