"""A plan that somebody is editing: each edit says at once what it does, and the last can be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError, Refusal
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.codes import CODES
from evenhand.plan.edits.consequence import Consequence, weigh
from evenhand.plan.edits.edit import Edit, exclude, lock, move, move_alone, parse_edit
from evenhand.plan.edits.effect import find_rows
from evenhand.plan.edits.log import CHANGES_SCHEMA
from evenhand.plan.edits.opening import open_plan
from evenhand.plan.edits.settle import repair_plan, settle, undo_step
from evenhand.plan.edits.standing import carry_out, stand
from evenhand.plan.edits.suggest import suggest
from evenhand.plan.plan import Plan, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from evenhand.book.book import Book
    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.edits.origin import Origin
    from evenhand.plan.edits.standing import Change, Standing
    from evenhand.plan.record import PlanRecord
    from evenhand.plan.solver import Progress, Stop
    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Draft:
    """A plan with edits by hand, immutable: every edit gives a new draft.

    Attributes
    ----------
    log
        The steps since the draft was opened, in order; each is a tuple of edits made together.
    consequence
        Of the last step; None where nothing was done yet.

    Examples
    --------
    >>> draft = open_draft(plan, book, policy)  # doctest: +SKIP
    >>> draft.preview(move("A000016", "T07")).breaks  # doctest: +SKIP
    >>> better = draft.move("A000016", "T07").apply_suggestion()  # doctest: +SKIP
    >>> better.undo().undo().plan() is plan  # doctest: +SKIP
    True
    """

    _opened: Plan | PlanRecord
    _origin: Origin
    _grounds: Grounds
    _standing: Standing
    log: tuple[tuple[Edit, ...], ...] = ()
    consequence: Consequence | None = None
    _before: Draft | None = None

    def __repr__(self) -> str:
        return f"Draft of {self._opened!r} with {len(self.log)} steps by hand"

    def preview(self, *edits: Edit | str) -> Consequence:
        """Say what some edits would do, without doing them.

        Raises
        ------
        InputError
            If one names an account or territory that isn't there.
        """
        changes = self._carry_out(edits)
        return weigh(self._grounds, self._standing, changes, suggest(self._grounds, self._standing, changes[-1].after))

    def apply(self, *edits: Edit | str) -> Draft:
        """Return the draft with some edits made as one step.

        Raises
        ------
        InputError
            If one names an account or territory that isn't there.
        """
        changes = self._carry_out(edits)
        after = changes[-1].after
        consequence = weigh(self._grounds, self._standing, changes, suggest(self._grounds, self._standing, after))
        return replace(
            self,
            _standing=after,
            log=(*self.log, tuple(change.edit for change in changes)),
            consequence=consequence,
            _before=self,
        )

    def move(self, account_id: str, to: str, *, alone: bool = False) -> Draft:
        """Return the draft with an account, and its family unless it goes alone, moved."""
        return self.apply(move_alone(account_id, to) if alone else move(account_id, to))

    def lock(self, account_id: str) -> Draft:
        """Return the draft with an account, and its family, kept where it is today."""
        return self.apply(lock(account_id))

    def exclude(self, account_id: str) -> Draft:
        """Return the draft with an account, and its family, left where it is and out of every target."""
        return self.apply(exclude(account_id))

    def apply_suggestion(self) -> Draft:
        """Return the draft with what the last consequence suggests done.

        Raises
        ------
        Refusal
            If nothing is suggested.
        """
        suggestion = None if self.consequence is None else self.consequence.suggestion
        if suggestion is None:
            entry = CODES["PL311"]
            raise Refusal(entry.code, "There is nothing to mend: no single shift or swap is suggested.", entry.fix)
        return self.apply(*suggestion.edits)

    def undo(self) -> Draft:
        """Return the draft before the last step, made here or before the draft was opened.

        Raises
        ------
        Refusal
            If nothing was done to the plan since it was made.
        """
        if self._before is not None:
            return self._before
        grounds = self._grounds
        return open_draft(undo_step(self._opened, grounds.book, grounds.policy), grounds.book, grounds.policy)

    def plan(self) -> Plan:
        """Make the plan: nothing but the edits moves, and the proof says how far from the best it is with them."""
        if not self.log and isinstance(self._opened, Plan):
            return self._opened
        return settle(self._settled(), self._grounds.book, self._grounds.policy)

    def repair(
        self,
        *,
        stop: Stop | None = None,
        executor: Executor | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Draft:
        """Return the draft solved again with every edit held, from where it stands.

        Notes
        -----
        The solver starts from the draft and its prices and gives a plan that is no worse; it may move other accounts
        than a single shift or swap would, and fewer. Undoing it brings the draft back.
        """
        grounds = self._grounds
        made = repair_plan(
            self._settled(), grounds.book, grounds.policy, stop=stop, executor=executor, on_progress=on_progress
        )
        return replace(open_draft(made, grounds.book, grounds.policy), _before=self)

    def _carry_out(self, edits: Sequence[Edit | str]) -> list[Change]:
        parsed = [parse_edit(edit) if isinstance(edit, str) else edit for edit in edits]
        if not parsed:
            raise InputError({"edit": "give at least one"})
        statement = self._grounds.statement
        rows = find_rows(statement.accounts["account_id"], parsed)
        setting = statement.setting
        index = {territory_id: t for t, territory_id in enumerate(setting.ids)}
        problems = {}
        for edit, row in zip(parsed, rows.tolist(), strict=True):
            if edit.to is not None and edit.to not in index:
                problems[str(edit)] = f"there is no territory {edit.to!r}.{say_nearest(edit.to, index)}"
            elif edit.to and not setting.is_seat[index[edit.to]] and index[edit.to] != statement.present[row]:
                problems[str(edit)] = f"{edit.to} is a group of territories; accounts go to seats"
        if problems:
            raise InputError(problems)
        changes: list[Change] = []
        standing = self._standing
        for edit, row in zip(parsed, rows.tolist(), strict=True):
            change = carry_out(self._grounds, standing, edit, row, None if edit.to is None else index[edit.to])
            changes.append(change)
            standing = change.after
        return changes

    def _settled(self) -> Origin:
        """Return what the plan rests on with the steps of the log done."""
        drafts: list[Draft] = []
        draft: Draft | None = self
        while draft is not None and draft.log:
            drafts.append(draft)
            draft = draft._before  # noqa: SLF001 - of the same class
        origin = self._origin
        ids = np.array(self._grounds.statement.setting.ids, dtype=object)
        account_ids = self._grounds.statement.accounts["account_id"]
        for later in reversed(drafts):
            before = later._before  # noqa: SLF001 - of the same class
            if before is None:
                continue
            was, becomes = before._standing.assigned, later._standing.assigned  # noqa: SLF001 - of the same class
            rows = np.flatnonzero(was != becomes)
            changes = pl.DataFrame(
                {
                    "account_id": account_ids.gather(rows),
                    "from_territory_id": ids[was[rows]],
                    "to_territory_id": ids[becomes[rows]],
                },
                schema=CHANGES_SCHEMA,
            )
            edits = later.log[-1]
            origin = replace(
                origin,
                edits=(*origin.edits, *edits),
                assignment=origin.assignment.join(changes, on="account_id", how="left", maintain_order="left").select(
                    "account_id", territory_id=pl.coalesce("to_territory_id", "territory_id")
                ),
                steps=(*origin.steps, Step(tuple(map(str, edits)), changes)),
            )
        return origin


def open_draft(made: Plan | PlanRecord, book: Book, policy: Policy) -> Draft:
    """Open a plan for edits by hand; what takes time is done now, so that each edit takes milliseconds.

    Parameters
    ----------
    made
        A plan, or what its folder holds.
    policy
        The one in force when the plan was made, with its scenario.

    Raises
    ------
    InputError
        If the book or the policy is another.
    """
    origin, grounds, places = open_plan(made, book, policy)
    statement = grounds.statement
    rows = np.arange(len(places))
    columns = (statement.problem.candidates == places[:, None]).argmax(axis=1) if len(places) else rows
    cost = float(statement.problem.costs[rows, columns].sum())
    return Draft(made, origin, grounds, stand(grounds, places.astype(np.intp)[statement.units.unit_of_account], cost))
