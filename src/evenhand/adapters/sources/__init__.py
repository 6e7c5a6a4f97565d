"""Where records come from and go to besides files: CRMs, databases, object stores; a folder each."""
