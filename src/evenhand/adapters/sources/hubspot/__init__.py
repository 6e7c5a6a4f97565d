"""HubSpot as a source of records and as a system whose owners and territories are changed."""
