"""Giving mails to a mail server."""
