"""The API's operations, a file a subject."""
