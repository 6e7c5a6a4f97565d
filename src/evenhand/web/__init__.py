"""The workspace in the browser: thin pages, fragments and the API on the use cases."""
