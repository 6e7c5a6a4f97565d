"""Folders in object stores as sources."""
