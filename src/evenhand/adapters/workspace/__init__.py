"""A workspace that runs somewhere, asked through its API."""
