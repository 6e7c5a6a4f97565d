"""The ways in which Evenhand says no, and the exit code of each.

A problem in the data is not an error but a `Finding`, see `evenhand.foundation.findings`; bands that can't be met
are a result with a status.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script can act on."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 10
    BOOK_REJECTED = 11
    REFUSED = 12
    BANDS_CANNOT_BE_MET = 13
    SOURCE_DOWN = 14
    LIMIT_WITHOUT_PLAN = 15
    INTERRUPTED = 130


class EvenhandError(Exception):
    """Anything Evenhand raises on purpose."""

    exit_code: ExitCode = ExitCode.BUG


class InputError(EvenhandError):
    """An argument, a policy or a file is wrong; every problem found is in it.

    Parameters
    ----------
    problems
        What is wrong, by the name of the field, option or file.
    """

    exit_code = ExitCode.INPUT

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("\n".join(f"{field}: {message}" for field, message in problems.items()))

    def __reduce__(self) -> tuple[type[InputError], tuple[dict[str, str]]]:
        return type(self), (self.problems,)


class Refusal(EvenhandError):  # noqa: N818 - the word users see
    """A rule says no, to something that was asked for correctly.

    Parameters
    ----------
    code
        Stable code, explained by `evenhand explain CODE`.
    message
        What was refused and why, a sentence.
    hint
        What would be allowed instead.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(f"{code} {message}" + (f" {hint}" if hint else ""))

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, str, str]]:
        return type(self), (self.code, self.message, self.hint)


class SourceError(EvenhandError):
    """Something outside failed: a disk, a database, a CRM.

    Parameters
    ----------
    system
        Which one.
    message
        What happened, and what to do next.
    transient
        True where trying again later may help.
    """

    exit_code = ExitCode.SOURCE_DOWN

    def __init__(self, system: str, message: str, *, transient: bool = False) -> None:
        self.system, self.message, self.transient = system, message, transient
        super().__init__(f"{system}: {message}")

    def __reduce__(self) -> tuple[object, tuple[str, str, bool]]:
        return _source_error, (self.system, self.message, self.transient)


def _source_error(system: str, message: str, transient: bool) -> SourceError:
    return SourceError(system, message, transient=transient)
