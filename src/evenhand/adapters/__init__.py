"""What the use cases need from outside: files and reports."""
