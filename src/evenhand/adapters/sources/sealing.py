"""Secrets at rest: encrypted and authenticated, with a key that is made of the workspace's own."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError, Refusal
from evenhand.foundation.secret import Secret

try:
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ModuleNotFoundError:
    raise InputError({"connect": "needs cryptography: pip install 'evenhand[salesforce]'"}) from None

if TYPE_CHECKING:
    from collections.abc import Sequence

_PURPOSE = b"evenhand connection secrets 1"


class Seal:
    """Encrypts with the first of some keys and decrypts with any, so that a key can be replaced.

    Parameters
    ----------
    keys
        Long random texts, the present one first.

    Notes
    -----
    A Fernet token is AES-128-CBC with HMAC-SHA256; its key is HKDF-SHA256 of the text, so that the same text can sign
    sessions without either telling of the other.
    """

    def __init__(self, keys: Sequence[Secret]) -> None:
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in keys])

    def close(self, secret: Secret) -> str:
        """Return a secret encrypted, as text."""
        return self._fernet.encrypt(secret.reveal().encode()).decode("ascii")

    def open(self, text: str, what: str) -> Secret:
        """Return a secret decrypted.

        Raises
        ------
        Refusal
            CN143 where no key fits, or the text was changed.
        """
        try:
            return Secret(self._fernet.decrypt(text.encode("ascii", "replace")).decode())
        except InvalidToken:
            message = f"The {what} can't be decrypted: the key is another, or its file was changed."
            hint = "Set EVENHAND_SECRET_KEY to what it was, or enter the secrets again with evenhand connect."
            raise Refusal("CN143", message, hint) from None


def _derive(key: Secret) -> bytes:
    derived = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(key.reveal().encode())
    return base64.urlsafe_b64encode(derived)
