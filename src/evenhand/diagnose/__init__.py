"""What state the territories are in: each measure against its range, verdicts and triggers, with the evidence."""
