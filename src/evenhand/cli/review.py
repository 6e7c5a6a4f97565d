"""``evenhand review``: plans under review, in a workspace, as whoever the token belongs to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evenhand.cli import signing
from evenhand.cli.output import Format, print_frame, print_json, say
from evenhand.cli.remote import choose_one, find, open_workspace
from evenhand.foundation.errors import InputError

app = typer.Typer(
    name="review",
    help="Review plans in a workspace: EVENHAND_URL says where it is, EVENHAND_TOKEN who you are. "
    "The rules are those of its pages, and so are the words where it refuses.",
    no_args_is_help=True,
)

Review = Annotated[str, typer.Argument(help="Id of the review, or its first characters; see `review list`.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence that the others will read.")]
Seen = Annotated[
    str, typer.Option("--seen", help="Hash of the plan as you looked at it (`review show`), 8 characters or more.")
]
How = Annotated[Format, typer.Option("--format", help="How to print.")]
_LEAST_OF_A_HASH = 8


@app.command("states")
def states(*, output: How = Format.TABLE) -> None:
    """Print who may do what in which state; it is the same everywhere, and needs no workspace.

    Example: evenhand review states --format csv
    """
    import polars as pl

    from evenhand.review.states import RULES

    rows = [
        {
            "action": str(action),
            "in": ", ".join(map(str, rule.stages)),
            "then": str(rule.to or ""),
            "who": ", ".join(map(str, rule.who)),
            "if": "; ".join(map(str, rule.needs)),
        }
        for action, rule in RULES.items()
    ]
    print_frame(pl.DataFrame(rows), output, "Who may do what")


@app.command("list")
def list_reviews(*, output: How = Format.TABLE) -> None:
    """List the reviews that concern you, the latest first.

    Example: evenhand review list
    """
    _print_rows(open_workspace().get("reviews", limit=1000)["items"], output, "Reviews")


@app.command("show")
def show(review: Review, *, output: How = Format.TABLE) -> None:
    """Print a review as far as it concerns you: seats, accounts, flags with price and answer, what you may do.

    Example: evenhand review show 3f2a --format json
    """
    workspace = open_workspace()
    said = workspace.get(find(workspace, "reviews", review))
    if output is Format.JSON:
        print_json(said)
        return
    if output is Format.TABLE:
        say(f"{said['title']}: {said['stage']}. Plan {said['plan_hash'][:16]}.")
        if said["flags_until"]:
            say(f"Managers may flag until {said['flags_until']}.")
        if said["exception"]:
            say(f"Made under an exception to the signed policy: {said['exception']['reason']}")
    flags = [
        {"id": one["id"][:8], "account": one["account_id"], "wants": "; ".join(one["wants"]), "reason": one["reason"],
         "words": one["words"], "state": one["state"], "price": (one["price"] or {}).get("words", ""),
         "answer": one["answer"]}
        for one in said["flags"]
    ]  # fmt: skip
    moves = [
        {"account": one["account_id"], "from": one["from_territory_id"], "to": one["to_territory_id"],
         "grade": one["grade"], "reason": one["reason"]}
        for one in [*said["losing"], *said["gaining"]]
    ]  # fmt: skip
    seats = [
        {"territory": seat["territory_id"], "leave": seat["n_leaving"], "arrive": seat["n_arriving"]}
        | {line["measure"]: f"{line['before']} → {line['after']}" for line in seat["measures"]}
        | {"new quota": next((line["amount"] for line in seat["quota"] if line["line"] == "New quota"), "")}
        for seat in said["seats"]
    ]
    _print_rows(seats, output, "Seats")
    if output is Format.CSV:
        return
    for rows, title in ((moves, "Accounts"), (flags, "Flags"), (said["voices"], "What reps said")):
        if rows:
            _print_rows(rows, output, title)
    may = [action for action, refusal in said["may"].items() if refusal is None]
    say(f"You may: {', '.join(may) or 'read'}.")
    for action in ("approve", "publish"):
        if said["may"][action]:
            say(f"You can't {action}: {said['may'][action]}")


@app.command("start")
def start(plan: Annotated[str, typer.Argument(help="Id of the plan run, as in its address.")]) -> None:
    """Put a plan to the managers of the teams that it touches.

    Example: evenhand review start 9b2f6d0e-3f0c-4a55-9a0e-0a3c5d1f7e21
    """
    said = open_workspace().ask("POST", "reviews", {"plan_run_id": plan})
    _tell(said, "is with the managers")


@app.command("flag")
def flag(
    review: Review,
    account: Annotated[str, typer.Argument(help="The account that should not move so.")],
    *,
    because: Annotated[str, typer.Option("--because", help="One of the policy's reasons, such as `anchor account`.")],
    words: Annotated[str, typer.Option("--words", help="What the plan doesn't know, in a sentence.")],
    to: Annotated[str, typer.Option("--to", help="Where it should go; else it stays where it is today.")] = "",
    instead: Annotated[str, typer.Option("--instead", help="For a swap: the account that goes instead.")] = "",
    instead_to: Annotated[str, typer.Option("--instead-to", help="For a swap: where that one goes.")] = "",
    evidence: Annotated[str, typer.Option("--evidence", help="Links or ids of records that show it.")] = "",
) -> None:
    """Flag an account of your team; it is priced at once.

    Example: evenhand review flag 3f2a A000016 --because "anchor account" --words "They buy because of Ana."
    """
    _act(
        review, "flag", "is flagged; `review show` has its price in a moment", account_id=account,
        to_territory_id=to, instead_account_id=instead, instead_to_territory_id=instead_to, flag_reason=because,
        reason=words, evidence=evidence,
    )  # fmt: skip


@app.command("decide")
def decide(
    review: Review,
    subject: Annotated[str, typer.Argument(metavar="FLAG", help="Id of the flag, or its first characters.")],
    what: Annotated[str, typer.Argument(metavar="accept|override", help="What becomes of it.")],
    *,
    reason: Reason,
) -> None:
    """Accept or override a flag, with a reason that the manager reads.

    Example: evenhand review decide 3f2a 77c1 override --reason "The band needs it; the CEO is told."
    """
    if what not in {"accept", "override"}:
        raise InputError({"what": f"{what!r} isn't accept or override"})
    workspace = open_workspace()
    found = workspace.get(find(workspace, "reviews", review))
    chosen = choose_one([one["id"] for one in found["flags"]], subject, "FLAG")
    said = workspace.ask(
        "POST", f"reviews/{found['id']}/actions", {"action": f"{what} flag", "subject": chosen, "reason": reason}
    )
    _tell(said, f"has the flag {'accepted' if what == 'accept' else 'overridden'}")


@app.command("confirm")
def confirm(review: Review, *, seen: Seen) -> None:
    """Confirm your team's part of the plan that you looked at.

    Example: evenhand review confirm 3f2a --seen 6d0e3f0c4a55
    """
    _act(review, "confirm", "has your team's part confirmed", seen)


@app.command("approve")
def approve(review: Review, *, seen: Seen) -> None:
    """Approve the plan that you looked at, where your approval is next.

    Example: evenhand review approve 3f2a --seen 6d0e3f0c4a55
    """
    _act(review, "approve", "has your approval", seen)


@app.command("publish")
def publish(review: Review) -> None:
    """Publish what was approved, to the byte; managers and reps are told.

    Example: evenhand review publish 3f2a
    """
    _act(review, "publish", "is published")


@app.command("solve")
def solve(review: Review) -> None:
    """Solve again with what was accepted; put the plan in place with `review revise` when it is done.

    Example: evenhand review solve 3f2a
    """
    workspace = open_workspace()
    made = workspace.ask("POST", find(workspace, "reviews", review) + "/plans")
    say(f"{made['title']} is being solved: plan {made['id']}.")
    print_json({"plan_run_id": made["id"]})


@app.command("revise")
def revise(
    review: Review, plan: Annotated[str, typer.Argument(help="Id of the plan run that takes its place.")]
) -> None:
    """Put another plan in the place of the one under review; managers answer anew.

    Example: evenhand review revise 3f2a 9b2f6d0e-3f0c-4a55-9a0e-0a3c5d1f7e21
    """
    workspace = open_workspace()
    said = workspace.ask("PUT", find(workspace, "reviews", review) + "/plan", {"plan_run_id": plan})
    _tell(said, "has the plan replaced; managers are told")


@app.command("act")
def act(
    review: Review,
    action: Annotated[str, typer.Argument(help="drop flag, stand in, send back, reopen, withdraw, ask, dispute …")],
    *,
    reason: Reason = "",
    about: Annotated[str, typer.Option("--about", help="Id of the flag, of what a rep said, or of a manager.")] = "",
    territory: Annotated[str, typer.Option("--territory", help="For reps: the territory it is about.")] = "",
) -> None:
    """Do anything else that `review states` lists.

    Example: evenhand review act 3f2a "send back" --reason "Two seats were filled yesterday."
    """
    _act(review, action, f"has it done: {action}", subject=about, reason=reason, territory_id=territory)


def _act(review: str, action: str, done: str, seen: str = "", **said: str) -> None:
    workspace = open_workspace()
    at = find(workspace, "reviews", review)
    if seen:
        said["plan_hash"] = _whole_hash(workspace.get(at)["plan_hash"], seen)
    given = {"action": action} | {name: value for name, value in said.items() if value}
    _tell(workspace.ask("POST", f"{at}/actions", given), done)


def _whole_hash(now: str, seen: str) -> str:
    """Return the plan's hash if it begins as the one that was seen; else that one, which the workspace refuses."""
    if len(seen) < _LEAST_OF_A_HASH:
        raise InputError({"--seen": f"give {_LEAST_OF_A_HASH} characters of the hash or more"})
    return now if now.startswith(seen) else seen


def _print_rows(rows: list[dict[str, Any]], output: Format, title: str) -> None:
    import polars as pl

    if output is Format.JSON:
        print_json(rows)
    else:
        print_frame(pl.DataFrame(rows, infer_schema_length=None), output, title)


def _tell(said: dict[str, Any], done: str) -> None:
    say(f"{said['title']} {done}. It is {said['stage']}.")
    print_json({name: said[name] for name in ("id", "plan_run_id", "stage", "plan_hash")})


app.command("policies")(signing.list_policies)
app.command("policy")(signing.show_policy)
app.command("propose-policy")(signing.propose_policy)
app.command("sign")(signing.sign)
app.command("publish-policy")(signing.publish_policy)
app.command("withdraw-policy")(signing.withdraw_policy)
app.command("delegations")(signing.delegations)
app.command("delegate")(signing.delegate)
app.command("end-delegation")(signing.end_delegation)
