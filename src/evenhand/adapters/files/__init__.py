"""Files: reading a source's folders of CSV, Parquet and Excel; writing and reading books and rejected rows."""
