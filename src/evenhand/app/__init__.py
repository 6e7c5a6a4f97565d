"""One module for each thing people do with Evenhand; what is outside comes in as functions."""
