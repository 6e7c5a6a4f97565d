"""Run by BottleCRM's own Python: make its database by its migrations, and fill it through its own models.

``python fill_bottlecrm.py FACTS`` with the database in DBNAME, DBUSER, DBHOST and DBPORT, as BottleCRM reads them; the
facts are what a book made of it must say.
"""

# ruff: noqa: E402, UP017 - Django has to be set up first; the CRM runs on older Pythons too
import datetime as dt
import json
import os
import random
import sys
from decimal import Decimal
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"

import django

django.setup()

from accounts.models import Account
from common.models import User
from django.core.management import call_command
from opportunity.models import Opportunity
from tasks.models import Task
from teams.models import Teams

STAGES = ("QUALIFICATION", "PROPOSAL/PRICE QUOTE", "CLOSED WON", "CLOSED LOST")
NAMES = ("North", "South", "West")
START = dt.datetime(2025, 9, 1, 12, tzinfo=dt.timezone.utc)


def main(facts):
    call_command("migrate", verbosity=0)
    Path(facts).write_text(json.dumps(fill()), "utf-8")


def since(model, row, moment):
    """Set what Django sets to the present moment, which a test can't know."""
    field = "date_joined" if model is User else "created_on"
    model.objects.filter(pk=row.pk).update(**{field: moment})


def fill():
    chance = random.Random(7)
    teams, users = [], []
    for name in NAMES:
        user = User.objects.create(
            username=name.lower(),
            email=f"{name.lower()}@example.com",
            first_name=name,
            last_name="Rep",
            role="USER",
            has_sales_access=True,
        )
        since(User, user, START)
        team = Teams.objects.create(name=name, description="made")
        team.users.add(user)
        since(Teams, team, START)
        users.append(user)
        teams.append(team)
    User.objects.create(username="boss", email="boss@example.com", role="ADMIN", is_admin=True)
    accounts, deals, work = {}, {}, 0
    for i in range(45):
        team = i % 3
        account = Account.objects.create(
            name=f"Account {i:02}",
            email=f"a{i}@example.com",
            phone="+431234567",
            industry="BANKING",
            billing_postcode=f"{1000 + i}",
            billing_country="AT",
            status="close" if i == 44 else "open",
        )
        account.teams.add(teams[team])
        since(Account, account, START)
        is_open = account.status == "open"
        if is_open:
            accounts[str(account.pk)] = {"name": account.name, "territory": str(teams[team].pk)}
        for _ in range(chance.randrange(6)):
            stage = chance.choice(STAGES)
            made = START + dt.timedelta(chance.randrange(300))
            closed = (made + dt.timedelta(40)).date() if stage.startswith("CLOSED") else None
            amount = Decimal(chance.randrange(100_000, 9_000_000)) / 100
            deal = Opportunity.objects.create(
                name="deal",
                account=account,
                stage=stage,
                amount=amount,
                currency="USD",
                closed_on=closed,
                lead_source="CALL",
                probability=50,
                is_active=True,
            )
            deal.assigned_to.add(users[team])
            since(Opportunity, deal, made)
            if is_open:
                deals[str(deal.pk)] = {
                    "account": str(account.pk),
                    "rep": str(users[team].pk),
                    "stage": stage,
                    "amount_cents": int(amount * 100),
                    "created_on": made.date().isoformat(),
                    "closed_on": closed and closed.isoformat(),
                }
            task = Task.objects.create(title="call", status="New", priority="Low", account=account)
            task.assigned_to.add(users[team])
            since(Task, task, made)
            work += is_open
    return {
        "accounts": accounts,
        "opportunities": deals,
        "n_activities": work,
        "teams": {str(t.pk): t.name for t in teams},
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
