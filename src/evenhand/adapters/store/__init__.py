"""The workspace's database: people, books, plan runs, tokens and the audit trail, by Django's ORM."""
