"""A validated, immutable snapshot of accounts, territories, reps and pipeline on one date."""
