"""What is said, wherever a plan is shown, of the exception to the signed policy that it was made under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.exception_notice import add_exception
from evenhand.adapters.store.sign_off import find_exception, read_version
from evenhand.web.reading import find_plan

if TYPE_CHECKING:
    from evenhand.adapters.store.models import PlanRun, PolicyVersion


@dataclass(frozen=True)
class ExceptionNotice:
    """An exception as people read it.

    Attributes
    ----------
    signed
        Who signed, or has yet to, one line each.
    """

    row: PolicyVersion
    changes: tuple[tuple[str, str, str], ...]
    signed: tuple[str, ...]

    def add_to(self, page: str) -> str:
        """Put the notice on top of a plan's report."""
        return add_exception(page, self.row.reason, self.changes, self.signed)

    @property
    def text(self) -> str:
        """The notice as plain text."""
        lines = ["Made under an exception to the signed policy.", "", self.row.reason, ""]
        lines += [f"{path}: {before} -> {after}" for path, before, after in self.changes]
        return "\n".join([*lines, "", *self.signed, ""])


def find_notice(run: PlanRun) -> ExceptionNotice | None:
    """Return what is said of a plan's exception; None where its policy is none."""
    row = find_exception(find_plan(run).policy_hash) if run.has_plan else None
    if row is None:
        return None
    version = read_version(row)
    given = row.signatures.select_related("holder", "signed_by")
    signed = [
        f"Signed by {one.holder} ({one.title}) on {one.at:%Y-%m-%d}"
        + (f", for whom {one.signed_by} stood in." if one.signed_by_id != one.holder_id else ".")
        for one in given
    ]
    signed += [f"The {title} has yet to sign." for title in version.missing]
    changes = tuple((change["path"], say_value(change["before"]), say_value(change["after"])) for change in row.changes)
    return ExceptionNotice(row, changes, tuple(signed))


def say_value(value: object) -> str:
    """Say the value of a policy entry as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(say_value(item) for item in value) or "none"
    if isinstance(value, dict):
        said = (f"{name.replace('_', ' ')} {say_value(item)}" for name, item in value.items() if item not in ([], ""))
        return ", ".join(said)
    return f"{value:,}" if isinstance(value, int) else str(value)
