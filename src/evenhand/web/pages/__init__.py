"""The pages and their fragments, a file a subject."""
