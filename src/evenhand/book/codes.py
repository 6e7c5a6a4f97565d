"""What the codes of findings about a source and its book mean."""

from __future__ import annotations

from evenhand.book.codes_of_files import FILE_CODES
from evenhand.book.codes_of_rows import ROW_CODES
from evenhand.book.codes_of_values import VALUE_CODES

CODES = {entry.code: entry for entry in (*FILE_CODES, *VALUE_CODES, *ROW_CODES)}
"""Every code that reading, admitting and keeping a book can give, by itself."""
