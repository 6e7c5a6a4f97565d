"""Salesforce: accounts, opportunities, people, territories and quotas by its REST and Bulk 2.0 interfaces."""
