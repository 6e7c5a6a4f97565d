"""How fast and how good the optimiser is, side by side with others. README.md says how to run and what is fair."""
