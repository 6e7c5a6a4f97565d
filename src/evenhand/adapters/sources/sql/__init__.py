"""Databases and warehouses as sources: read-only, streamed, and without a password in any message."""
