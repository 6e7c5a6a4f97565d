"""The workspace that the command line speaks to, and as whom."""

from __future__ import annotations

import os

from evenhand.adapters.workspace.client import Workspace
from evenhand.foundation.errors import InputError
from evenhand.wiring.environment import PREFIX

URL, TOKEN = f"{PREFIX}URL", f"{PREFIX}TOKEN"
_HERE = "http://127.0.0.1:8000"


def open_workspace() -> Workspace:
    """Return the workspace of EVENHAND_URL, asked with the token of EVENHAND_TOKEN.

    Raises
    ------
    InputError
        If there is no token: whoever decides something is somebody.
    """
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        message = "is missing: make a token in the workspace, on the page Tokens, and set the variable to it"
        raise InputError({TOKEN: message})
    if not token.isascii() or not token.isprintable():
        raise InputError({TOKEN: "isn't a token; copy it anew from the page Tokens"})
    return Workspace(os.environ.get(URL, "").strip() or _HERE, token)
