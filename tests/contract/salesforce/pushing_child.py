"""Pushes as a process of its own, to be killed: ``pushing_child.py URL CHANGES JOURNAL MODE UNTIL``."""

import datetime as dt
import sys
from pathlib import Path

import polars as pl

from evenhand.adapters.sources.door import Limits
from evenhand.adapters.sources.journal import FileJournal
from evenhand.adapters.sources.salesforce.client import SalesforceClient
from evenhand.adapters.sources.salesforce.session import Settings
from evenhand.adapters.sources.salesforce.writing import SalesforceTarget
from evenhand.app.push.modes import Mode
from evenhand.app.push.passes import Patience
from evenhand.app.push.pushing import push_changes
from evenhand.foundation.secret import Secret

url, changes, journal, mode, until = sys.argv[1:]
settings = Settings(url, "client-id", client_secret=Secret("client-secret"))
client = SalesforceClient(settings, sleep=lambda _: None, limits=Limits(read_seconds=30.0))
with FileJournal(Path(journal)) as opened:
    done = push_changes(
        SalesforceTarget(client), opened, pl.read_parquet(changes), Mode(mode), until=dt.date.fromisoformat(until),
        now=lambda: dt.datetime.now(dt.UTC), patience=Patience(sleep=lambda _: None),
    )  # fmt: skip
sys.exit(0 if done.is_clean else 12)
