"""Letters, briefs and calendars: from facts and templates to pages, PDF and mail."""
