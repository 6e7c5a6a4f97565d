"""Run by Tryton's own Python: fill a database that ``trytond-admin`` made, through Tryton's own models.

``python fill_tryton.py CONFIGURATION DATABASE FACTS``; the facts are what a book made of it must say.
"""

# ruff: noqa: N806 - classes, as Tryton names them
import datetime as dt
import json
import random
import sys
from decimal import Decimal
from pathlib import Path

from trytond import config

STATES = {"lead": 3, "opportunity": 4, "lost": 3, "converted": 5}
CITIES = (("Graz", "8010"), ("Linz", "4020"), ("Salzburg", "5020"), ("Wien", "1010"))


def main(configuration, database, facts):
    config.update_etc(configuration)
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    Pool.start()
    pool = Pool(database)
    pool.init()
    with Transaction().start(database, 1) as transaction:
        company, employees = hire(pool)
        with transaction.set_context(company=company.id, employee=employees[0].id):
            said = sell(pool, company, employees)
        transaction.commit()
    Path(facts).write_text(json.dumps(said), "utf-8")


def hire(pool):
    Currency, Party = pool.get("currency.currency"), pool.get("party.party")
    Company, Employee = pool.get("company.company"), pool.get("company.employee")
    euro = Currency(name="Euro", code="EUR", symbol="€", rounding=Decimal("0.01"), digits=2)
    euro.save()
    firm = Party(name="Evenhand's Made Firm")
    firm.save()
    company = Company(party=firm, currency=euro)
    company.save()
    employees = []
    for name, ends in (("Ada", None), ("Ben", None), ("Cleo", None), ("Dan", dt.date(2026, 6, 30))):
        party = Party(name=name)
        party.save()
        employee = Employee(party=party, company=company, start_date=dt.date(2025, 1, 1), end_date=ends)
        employee.save()
        employees.append(employee)
    return company, employees


def sell(pool, company, employees):
    Party, Address, Country = pool.get("party.party"), pool.get("party.address"), pool.get("country.country")
    Opportunity = pool.get("sale.opportunity")
    chance = random.Random(7)
    austria = Country(name="Austria", code="AT", code3="AUT", code_numeric="040")
    austria.save()
    accounts, opportunities = {}, {}
    for i in range(40):
        city, postal_code = CITIES[i % 4]
        party = Party(name=f"Customer {i:02}")
        party.save()
        address = Address(party=party, city=city, postal_code=postal_code, country=austria)
        address.save()
        owner = employees[i % 4]
        accounts[str(party.id)] = {"name": party.name, "postal_code": postal_code, "territory": str(owner.id)}
        for state, n in STATES.items():
            for _ in range(chance.randrange(n)):
                starts = dt.date(2025, 9, 1) + dt.timedelta(chance.randrange(360))
                closed = starts + dt.timedelta(30) if state in {"lost", "converted"} else None
                amount = Decimal(chance.randrange(100_000, 9_000_000)) / 100
                deal = Opportunity(
                    party=party, address=address, company=company, employee=owner, amount=amount, start_date=starts
                )
                deal.conversion_probability = 0.5
                deal.save()
                # The buttons would set the end to today, which a test can't know.
                Opportunity.write([deal], {"state": state, "end_date": closed})
                opportunities[str(deal.id)] = {
                    "account": str(party.id),
                    "rep": str(owner.id),
                    "stage": state,
                    "amount_cents": int(amount * 100),
                    "created_on": starts.isoformat(),
                    "closed_on": closed and closed.isoformat(),
                }
    with_deals = {deal["account"] for deal in opportunities.values()}
    return {
        "accounts": {key: account for key, account in accounts.items() if key in with_deals},
        "without_deals": sorted(set(accounts) - with_deals),
        "opportunities": opportunities,
        "employees": {str(employee.id): employee.party.name for employee in employees},
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
