"""Whether a plan did what it was made for: kept, followed up, and what it cost and brought."""
