"""Gives mails to the workspace's mail server, and says for each what became of it, as far as anybody can know."""

from __future__ import annotations

import smtplib
from email.mime.base import MIMEBase
from email.utils import formatdate, parseaddr
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

from evenhand.app.sending import Answer

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from evenhand.app.sending import Post

_LONGEST_WORDS = 500
_FIRST_PERMANENT = 500
_TAKEN = 250
_REFUSES = 300


class Mailer:
    """A mail server, opened when the first mail is given and closed after the last.

    Notes
    -----
    Steps of SMTP are taken one by one, as it matters where a line breaks: before the end of the text nothing was
    taken; after it, until the server's answer, nobody can know (RFC 5321, section 4.5.3.2.6).
    """

    def __init__(self) -> None:
        self._backend: Any = get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def give(self, post: Post) -> tuple[Answer, str]:
        """Give it one mail."""
        message = _write(post)
        if not isinstance(self._backend, EmailBackend):
            try:
                self._backend.send_messages([message])
            except OSError as error:
                return Answer.LATER, _clip(error)
            return Answer.TAKEN, "written to a file: no mail server is set"
        try:
            self._backend.open()
        except smtplib.SMTPAuthenticationError as error:
            self._close()
            return Answer.LATER, f"The mail server refuses our name and password: {_clip(error.smtp_error)}"
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Answer.LATER, f"The mail server doesn't answer: {_clip(error)}"
        line: Any = self._backend.connection
        return self._hand_over(line, post, message)

    def _hand_over(self, line: smtplib.SMTP, post: Post, message: EmailMultiAlternatives) -> tuple[Answer, str]:
        try:
            line.ehlo_or_helo_if_needed()
            sender = parseaddr(str(message.from_email))[1]
            for say, address in ((line.mail, sender), (line.rcpt, post.to)):
                code, words = say(address)
                if code >= _REFUSES:
                    self._reset(line)
                    return _read(code, words)
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Answer.LATER, f"The line broke before the mail was given: {_clip(error)}"
        try:
            whole: Any = message.message()
            code, words = line.data(whole.as_bytes(linesep="\r\n"))
        except smtplib.SMTPDataError as error:
            self._reset(line)
            return _read(error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._close()
            return Answer.UNSURE, f"The line broke while the mail server had the mail: {_clip(error)}"
        if code != _TAKEN:
            self._reset(line)
        return _read(code, words)

    def _reset(self, line: smtplib.SMTP) -> None:
        try:
            line.rset()
        except (OSError, smtplib.SMTPException):
            self._close()

    def _close(self) -> None:
        try:
            self._backend.close()
        except (OSError, smtplib.SMTPException):
            self._backend.connection = None


def _write(post: Post) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=" ".join(post.subject.split()),
        body=post.text,
        to=[post.to],
        headers={"Message-ID": post.message_id, "Date": formatdate(), "Auto-Submitted": "auto-generated"},
    )
    if post.html:
        message.attach_alternative(post.html, "text/html")
    if post.calendar:
        part = MIMEBase("text", "calendar", method="PUBLISH", charset="utf-8", name="appointments.ics")
        part.set_payload(post.calendar.decode(), "utf-8")
        part.add_header("Content-Disposition", "attachment", filename="appointments.ics")
        message.attach(part)
    message.encoding = settings.DEFAULT_CHARSET
    return message


def _read(code: int, words: bytes | str) -> tuple[Answer, str]:
    said = f"{code} {_clip(words)}"
    if code == _TAKEN:
        return Answer.TAKEN, said
    return (Answer.NEVER if code >= _FIRST_PERMANENT else Answer.LATER), said


def _clip(words: object) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())[:_LONGEST_WORDS]
