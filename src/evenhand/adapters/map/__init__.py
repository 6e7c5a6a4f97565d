"""Maps of accounts and territories for the browser: projected, shaped, coloured and packed."""
