"""``evenhand connect``: systems that records are read from, and that changes are written to."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from evenhand.cli.output import Format, print_findings, print_frame, print_json, say
from evenhand.cli.progress import show_steps
from evenhand.foundation.errors import ExitCode, InputError
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from evenhand.adapters.sources.connections import Connection, Connections
    from evenhand.adapters.sources.form import FormField

HomeOption = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Data folder; else EVENHAND_DATA or evenhand-data.")
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the connection.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


class NameOrVerb(TyperGroup):
    """Takes what is none of its commands for the name of a connection to add or change."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the command ``add`` before a name."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["add", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="connect",
    cls=NameOrVerb,
    no_args_is_help=True,
    help="""Connect a CRM or a database: evenhand connect NAME --vendor salesforce …

Example: evenhand connect crm --vendor salesforce --set address=https://acme.my.salesforce.com""",
)


@app.command("add")
def add(
    name: NameArgument,
    *,
    vendor: Annotated[str | None, typer.Option(help="salesforce …; needed for a new connection.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting; several times.")
    ] = None,
    secrets: Annotated[
        list[str] | None,
        typer.Option("--secret-from", metavar="KEY=VARIABLE", help="A secret, from an environment variable."),
    ] = None,
    every_hours: Annotated[
        float | None, typer.Option(min=0, help="How often the workspace syncs it by itself; 0 for never.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="Mapping file (TOML) to use instead of the vendor's.")] = None,
    home: HomeOption = None,
) -> None:
    """Add a connection, or change one: `evenhand connect NAME …` does the same.

    Secrets are asked for without echo, or taken from an environment variable; they are never an argument, and kept
    encrypted. What isn't said stays as it was.

    Example: evenhand connect add crm --vendor salesforce --set address=https://acme.my.salesforce.com
    --set client_id=3MVG9 --secret-from client_secret=SF_SECRET
    """
    from evenhand.adapters.files.texts import read_text, write_text
    from evenhand.adapters.sources.vendors import load_vendor
    from evenhand.book.mapping import read_mapping
    from evenhand.wiring.connecting import fill_in, find_missing, open_connections

    connections = open_connections(home)
    text = None if mapping is None else read_text(mapping)
    if text is not None:
        read_mapping(text, str(mapping))
    said, given = _pairs(settings, "--set"), _secrets_from(secrets)
    filled = fill_in(connections, name, vendor, said, given, every_hours=every_hours)
    form = {field.name: field for field in load_vendor(filled.vendor).form}
    while missing := find_missing(filled):
        asked = form[missing[0]]
        value = _ask(asked, missing)
        more = {asked.name: Secret(value)} if asked.is_secret else {}
        filled = fill_in(
            connections,
            name,
            filled.vendor,
            {**said, **({} if asked.is_secret else {asked.name: value})},
            {**given, **more},
            every_hours=every_hours,
        )
        said, given = {**said, **({} if asked.is_secret else {asked.name: value})}, {**given, **more}
    is_new = not connections.has(name)
    connections.save(filled)
    if text is not None:
        write_text(connections.mapping(name), text)
    say(f"{name} is {'connected' if is_new else 'changed'}. Try it: evenhand connect test {name}")


@app.command("list")
def list_all(*, home: HomeOption = None, output: FormatOption = Format.TABLE) -> None:
    """List the connections, and how their last sync went.

    Example: evenhand connect list
    """
    import polars as pl

    from evenhand.wiring.connecting import open_connections

    connections = open_connections(home)
    rows = [_row(connections, name) for name in connections.names()]
    if output is Format.JSON:
        print_json(rows)
    elif rows:
        print_frame(pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)), output)
    else:
        say("There are no connections yet: evenhand connect NAME --vendor salesforce …")


@app.command("show")
def show(name: NameArgument, *, home: HomeOption = None, output: FormatOption = Format.TABLE) -> None:
    """Show a connection: its settings, which secrets are kept, its last syncs, and what its vendor must allow.

    Example: evenhand connect show crm
    """
    import polars as pl

    from evenhand.adapters.sources.vendors import load_vendor
    from evenhand.wiring.connecting import open_connections

    connections = open_connections(home)
    connection = connections.look_up(name)
    vendor = load_vendor(connection.vendor)
    log = connections.kept(name).read_log(10)
    if output is Format.JSON:
        print_json(
            {
                "name": name,
                "vendor": vendor.name,
                "settings": dict(connection.settings),
                "secrets": sorted(connection.secrets),
                "every_hours": connection.every_hours,
                "scopes": list(vendor.scopes),
                "syncs": log,
            }
        )
        return
    kept = [(key, value) for key, value in connection.settings.items()]
    kept += [(key, "kept encrypted") for key in connection.secrets]
    print_frame(pl.DataFrame(kept, schema=["setting", "value"], orient="row"), output, f"{name} ({vendor.label})")
    if log:
        print_frame(pl.DataFrame([_sync_row(entry) for entry in log]), output, "Last syncs")
    say("What it must be allowed to do, at least:")
    for scope in vendor.scopes:
        say(f"  {scope}")


@app.command("test")
def try_out(name: NameArgument, *, home: HomeOption = None, output: FormatOption = Format.TABLE) -> None:
    """Sign in and see whether what a book needs can be read; nothing is kept.

    Example: evenhand connect test crm
    """
    import polars as pl

    from evenhand.wiring.connecting import open_connections, open_source

    source = open_source(open_connections(home).load(name))
    try:
        with show_steps("testing") as step:
            step(f"signing in to {source.system}", 0.0)
            checked = source.check()
    finally:
        source.close()
    if output is Format.JSON:
        findings = [finding.as_dict() for finding in checked.findings]
        print_json({"is_ok": checked.is_ok, "facts": dict(checked.facts), "findings": findings})
    else:
        print_frame(pl.DataFrame(list(checked.facts.items()), schema=["what", "found"], orient="row"), output)
        print_findings(checked.findings, Format.TABLE)
        say("It works." if checked.is_ok else "It doesn't work yet.")
    if not checked.is_ok:
        raise typer.Exit(ExitCode.SOURCE_DOWN)


@app.command("remove")
def remove(
    name: NameArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    home: HomeOption = None,
) -> None:
    """Forget a connection, its secrets and the records it keeps; books made of it stay.

    Example: evenhand connect remove crm --yes
    """
    from evenhand.wiring.connecting import open_connections

    connections = open_connections(home)
    connections.folder(name)
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Remove {name} and the records it keeps?", err=True)):
        raise InputError({"connect remove": "nothing was removed; say --yes"})
    connections.remove(name)
    say(f"{name} is removed; books made of it stay.")


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts or ():
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise InputError({option: f"{key!r} must be written KEY=VALUE"})
        pairs[key.strip()] = value.strip()
    return pairs


def _secrets_from(texts: list[str] | None) -> dict[str, Secret]:
    given = {}
    for key, variable in _pairs(texts, "--secret-from").items():
        value = os.environ.get(variable)
        if not value:
            raise InputError({"--secret-from": f"the environment variable {variable} for {key} is empty or not set"})
        given[key] = Secret(value)
    return given


def _ask(asked: FormField, missing: list[str]) -> str:
    if not sys.stdin.isatty():
        how = {True: "--secret-from {}=VARIABLE", False: "--set {}=VALUE"}
        raise InputError({asked.name: f"is needed: {how[asked.is_secret].format(asked.name)} ({asked.text})"})
    say(f"{asked.label}: {asked.text}")
    value = str(typer.prompt(asked.label, hide_input=asked.is_secret, err=True)).strip()
    if asked.choices and value not in asked.choices:
        raise InputError({asked.name: f"must be one of {', '.join(asked.choices)}; still to fill in: {missing}"})
    return value


def _row(connections: Connections, name: str) -> dict[str, Any]:
    connection: Connection = connections.look_up(name)
    kept = connections.kept(name)
    log = kept.read_log(1)
    every = "" if connection.every_hours is None else f"{connection.every_hours:g} h"
    last = log[0] if log else {}
    return {
        "name": name,
        "vendor": connection.vendor,
        "every": every,
        "last_sync": str(last.get("at", "never")),
        "outcome": str(last.get("outcome", "")),
        "interrupted": "yes" if kept.plan() is not None else "",
    }


def _sync_row(entry: dict[str, Any]) -> dict[str, Any]:
    objects = entry.get("objects", [])
    return {
        "at": entry["at"],
        "outcome": entry["outcome"],
        "read": sum(one["n_read"] for one in objects),
        "kept": sum(one["n_rows"] for one in objects),
        "requests": entry.get("n_requests", 0),
        "seconds": entry.get("seconds", 0.0),
        "problem": entry.get("problem", ""),
    }
