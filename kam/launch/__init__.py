"""The launcher's second half, inside .venv: starts, watches and stops what KAM consists of on one machine."""
