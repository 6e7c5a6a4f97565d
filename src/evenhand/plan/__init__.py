"""The fewest, gentlest account moves that bring every territory into its band, with reasons, quotas and proof."""
