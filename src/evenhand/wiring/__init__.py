"""The only place that reads the environment and picks what the use cases work with."""
