"""The API: everything the pages do, for programs."""
