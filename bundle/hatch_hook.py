"""Puts the scripts of charts and maps into the wheel, built now where they aren't there yet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface[Any]):
    """Builds the bundle for a wheel; for an editable install `make setup` does."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "bundle"))
        import build  # noqa: PLC0415 - found by the line above

        if not (build.TO / "made").is_file():
            build.build()
        build_data["artifacts"].append("src/evenhand/web/static/web/bundle/*")
