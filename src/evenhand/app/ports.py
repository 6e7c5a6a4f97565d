"""What the use cases need from outside: the shapes that adapters have to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from evenhand.app.records import Checked, Discovery, Page, SourceObject, Traffic
    from evenhand.app.sample.firm import Firm
    from evenhand.app.writing import Answered
    from evenhand.book.book import Book
    from evenhand.book.mapping import SourceMapping
    from evenhand.book.raw import RawTable
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.foundation.findings import Finding
    from evenhand.foundation.working_days import WorkingDays
    from evenhand.handoff.change_set import Write
    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome
    from evenhand.measure.proposal import Proposal
    from evenhand.plan.frontier import Frontier
    from evenhand.plan.plan import Plan
    from evenhand.plan.record import PlanRecord
    from evenhand.plan.scenarios import Comparison
    from evenhand.policy import Policy

    Step = Callable[[str, float], None]
    """Called with what is being done and the share of it that is done, 0 to 1."""


class Source(Protocol):
    """What was read of a source."""

    @property
    def tables(self) -> Mapping[str, RawTable]:
        """By file stem or sheet name."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the form of the files."""

    @property
    def rejects(self) -> Mapping[str, pl.DataFrame]:
        """Lines that could not be read as rows."""

    @property
    def files(self) -> tuple[Any, ...]:
        """The files read, so that a book can be traced to them."""


class ReadSource(Protocol):
    """Reads every table of a source."""

    def __call__(self, path: Path | str, *, mapping: SourceMapping | None, on_progress: Step | None) -> Source:
        """Read a folder or file, or what an address leads to; InputError where there is nothing to read."""


class RecordTarget(Protocol):
    """A system whose records are changed. Every call may raise SourceError, and LimitSpentError where it is at that."""

    @property
    def system(self) -> str:
        """Its name, for messages."""

    @property
    def vendor(self) -> str:
        """Whose table of `evenhand.handoff.change_set.VENDORS` says how changes are written."""

    @property
    def fields(self) -> Mapping[tuple[str, str], str]:
        """Fields of the firm's own: (our object, our field) → the system's field."""

    @property
    def traffic(self) -> Traffic:
        """What it has cost so far."""

    def read(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str | None]]:
        """Return the present values of fields, by id as it was asked for; a record that isn't there is left out.

        As many ids as you like, cut into requests here. Values as `Write` has them: ids and texts as they are, amounts
        with two decimals, null where empty. Of an association, field "exists": `PRESENT` or null, never left out.
        """

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Cut writes of the same object and field into what one request may hold."""

    def write(self, batch: Sequence[Write]) -> Sequence[Answered]:
        """Write what `batches` gave, once, and return what was said of each, in order."""

    def follow(self, writes: Sequence[Write]) -> Sequence[Write]:
        """Return what goes along with these and the book doesn't know, such as the contacts of a company."""

    def foresee(self, writes: Sequence[Write]) -> Sequence[Finding]:
        """Return what of the system's own rules would undo or spoil these writes, found by reading."""

    def watch(self, writes: Sequence[Write]) -> Mapping[str, str]:
        """Return what must stay as it is while these are written: team members, deals that stay with their owner."""

    def name(self, writes: Sequence[Write]) -> Mapping[str, str]:
        """Return names for people of the records and values of these writes, by id, as far as there are any."""

    def close(self) -> None:
        """Let go of connections."""


class Journal(Protocol):
    """What was meant to be written and what came of it: lines that are added, safe before anything goes on."""

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """Give every line, the oldest first; the last one, if it was cut off in the middle, is left out."""

    def append(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Add lines, and return once they are on the disk."""

    def close(self) -> None:
        """Let another one write."""


class WriteBook(Protocol):
    """Writes a book folder, whole or not at all."""

    def __call__(self, book: Book, to: Path, *, sources: Iterable[Any], findings: Iterable[Finding]) -> Path:
        """Write it; Refusal where another book is there."""


class WritePlan(Protocol):
    """Writes a plan folder, whole or not at all."""

    def __call__(self, target: Path, record: PlanRecord, report: str, *, replace: bool) -> None:
        """Write it; Refusal where something is there that may not be replaced."""


class WriteTexts(Protocol):
    """Writes a folder of text files, whole or not at all."""

    def __call__(self, target: Path, texts: Mapping[str, str], *, marker: str, replace: bool) -> None:
        """Write it; Refusal where something is there that may not be replaced."""


class WriteFiles(Protocol):
    """Writes a folder of files of any kind, whole or not at all."""

    def __call__(self, target: Path, content: Mapping[str, bytes], *, marker: str, replace: bool) -> None:
        """Write it; Refusal where something is there that may not be replaced."""


@dataclass(frozen=True)
class Mail:
    """A letter as a mail: what stands in its subject, and the same text plain and as HTML that fetches nothing."""

    subject: str
    text: str
    html: str


class LetterPress(Protocol):
    """Makes letters of facts, by the name of their template."""

    def html(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return a page that needs nothing else."""

    def pdf(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return a PDF."""

    def text(self, name: str, facts: Mapping[str, Any]) -> bytes:
        """Return text for a mail, the subject in the first line."""

    def timeline(self, facts: Mapping[str, Any]) -> bytes:
        """Return the timeline of a handoff as a page that needs nothing else."""

    def mail(self, name: str, facts: Mapping[str, Any]) -> Mail:
        """Return a mail."""


class WriteScenarios(Protocol):
    """Writes a folder with a plan folder for each scenario, and what compares them, whole or not at all."""

    def __call__(
        self, target: Path, plans: Mapping[str, tuple[PlanRecord, str]], texts: Mapping[str, str], *, replace: bool
    ) -> None:
        """Write it; Refusal where something is there that may not be replaced."""


class RecordSource(Protocol):
    """A system whose records are read once wholly and then as they change. Every call may raise SourceError."""

    @property
    def system(self) -> str:
        """Its name, for messages."""

    @property
    def traffic(self) -> Traffic:
        """What it has cost so far."""

    def check(self) -> Checked:
        """Sign in and see whether what a book needs can be read."""

    def now(self) -> dt.datetime:
        """Return the moment by the system's own clock, in UTC."""

    def discover(self, more: Mapping[str, Collection[str]]) -> Discovery:
        """Return what can be read now, with those fields besides the usual ones, by object."""

    def pages(self, wanted: SourceObject, *, since: dt.datetime | None, resume: str | None) -> Iterator[Page]:
        """Give the records changed at that moment or later (None: all), or the pages after the one with that token.

        CursorGoneError where the system no longer knows the token.
        """

    def sweep(self, wanted: SourceObject, *, resume: str | None) -> Iterator[Page]:
        """Give the keys of all records there are now, nothing else of them; what isn't among them is gone."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True)
class Outside:
    """Everything the use cases need from outside.

    Attributes
    ----------
    read_text
        A text file; InputError where it can't be read.
    write_text
        A text file, whole or not at all.
    clear_folder
        Makes a folder, or empties it; the caller has made sure that it is ours.
    read_plan
        A plan folder, and which of its files changed since they were written.
    check_plan_target
        Refuses a folder that a plan may not be written to, before any work is done.
    check_target
        The same for a folder that a file of that name marks as one of its kind.
    read_templates
        A folder of a firm's own letter templates, by name.
    open_press
        What makes letters in a currency and a locale, with such templates.
    read_working_days
        For a policy, from a day on, by country; "" the firm's own.
    write_calendar
        The calendar of tasks, for people with these addresses; it follows up the one that is at the path.
    """

    read_text: Callable[[Path], str]
    write_text: Callable[[Path, str], None]
    clear_folder: Callable[[Path], None]
    read_source: ReadSource
    write_book: WriteBook
    read_book: Callable[[Path], Book]
    write_rejects: Callable[[Mapping[str, pl.DataFrame], Path], int]
    write_plan: WritePlan
    read_plan: Callable[[Path], tuple[PlanRecord, tuple[str, ...]]]
    check_plan_target: Callable[[Path, bool], None]
    write_firm: Callable[[Firm, Path, Step | None], None]
    render_plan_report: Callable[[Plan, Book, Diagnosis | None], str]
    render_diagnosis_report: Callable[[Diagnosis, Book], str]
    write_texts: WriteTexts
    write_scenarios: WriteScenarios
    check_target: Callable[[Path, str, bool], None]
    render_frontier_report: Callable[[Frontier, Book], str]
    render_comparison_report: Callable[[Comparison, Book | None], str]
    render_outcome_report: Callable[[Outcome, Sequence[MoveCost], Proposal, Book], str]
    write_files: WriteFiles
    read_templates: Callable[[Path], Mapping[str, str]]
    open_press: Callable[[str, str, Mapping[str, str]], LetterPress]
    read_working_days: Callable[[Policy, dt.date, Collection[str]], Mapping[str, WorkingDays]]
    write_calendar: Callable[[pl.DataFrame, Mapping[str, str | None], dt.date, Path], bytes]
