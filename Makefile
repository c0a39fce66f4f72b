# Everything is in dev.py; `make run` is `python3 dev.py run`. Arguments go in ARGS: make test ARGS="tests/core -x".
PYTHON ?= python3
COMMANDS = run dev test lint e2e bench fuzz screenshots backup restore demo-reset lock

.PHONY: help $(COMMANDS)
help:
	@$(PYTHON) dev.py help
$(COMMANDS):
	@exec $(PYTHON) dev.py $@ $(ARGS)
