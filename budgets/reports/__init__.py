"""Read-only figures of plans and targets, the same for screen, chart, sheet and API; each subject in its file."""
