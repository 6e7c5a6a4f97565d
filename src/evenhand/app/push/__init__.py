"""Pushing a plan's change set to a CRM so that each write happens once, whatever happens meanwhile."""
