"""Pages of plans and targets, by subject."""
