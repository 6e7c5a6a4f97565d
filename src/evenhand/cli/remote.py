"""Opening the workspace that commands speak to, and finding things in it by the beginning of their id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from evenhand.adapters.workspace.client import Workspace

_MOST = 1000


def open_workspace() -> Workspace:
    """Return the workspace of the environment.

    Raises
    ------
    InputError
        If there is no token.
    """
    from evenhand.wiring.remote import open_workspace as open_it

    return open_it()


def find(workspace: Workspace, kind: str, start: str) -> str:
    """Return the path of a review or a version of the policy whose id begins so.

    Raises
    ------
    InputError
        If none or several do.
    """
    ids = [one["id"] for one in workspace.get(kind, limit=_MOST)["items"]]
    return f"{kind}/{choose_one(ids, start, kind.upper())}"


def choose_one(ids: list[str], start: str, name: str) -> str:
    """Return the one id that begins so.

    Raises
    ------
    InputError
        If none or several do.
    """
    found = [one for one in ids if start and one.startswith(start.lower())]
    if len(found) == 1:
        return found[0]
    many = f"is the beginning of {len(found)} ids; give more of it" if found else "isn't among those that you see"
    raise InputError({name: f"{start!r} {many}"})
