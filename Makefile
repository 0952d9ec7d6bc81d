# KZSIM: `make run` serves the site, `make test` tests it. Both set up what they need.

.POSIX:
.SUFFIXES:
.PHONY: help run install demo admin test test-unit test-all screenshots bench lint dev

PYTHON_OF_SITE = .venv/bin/python
SETUP = @sh kzsim/runner/venv.sh

help: ## show this list
	@echo "make ...            what it does"
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1 /p' Makefile | while read -r name text; do printf '  %-16s  %s\n' "$$name" "$$text"; done

run: ## set up, then serve on http://127.0.0.1:8000 (PORT=8001 for another port); Ctrl-C stops
	$(SETUP) requirements.txt
	@exec $(PYTHON_OF_SITE) -m kzsim.runner

install: ## set up without starting
	$(SETUP) requirements.txt
	@exec $(PYTHON_OF_SITE) -m kzsim.runner prepare

demo: ## add a demo account with SIM cards, and say how to sign in
	$(SETUP) requirements.txt
	@$(PYTHON_OF_SITE) -m kzsim.runner prepare --quiet
	@$(PYTHON_OF_SITE) manage.py load_demo

admin: ## make an administrator: make admin EMAIL=you@example.com (asks for a password, or takes PASSWORD=)
	$(SETUP) requirements.txt
	@$(PYTHON_OF_SITE) -m kzsim.runner prepare --quiet
	@$(PYTHON_OF_SITE) manage.py create_admin "$(EMAIL)"

test: dev ## unit and short end-to-end tests; on PostgreSQL and Chromium too where found
	@$(PYTHON_OF_SITE) -m tests short

test-unit: dev ## only the fast ones
	@$(PYTHON_OF_SITE) -m tests unit

test-all: dev ## everything, with the long fault and browser tests
	@$(PYTHON_OF_SITE) -m tests $(AFTER) all

screenshots: dev ## take the pictures of README, docs/ and the landing page anew (needs Chromium)
	@$(PYTHON_OF_SITE) -m tests.browser.screenshots

bench: dev ## measure; writes var/bench/<time>.json
	@$(PYTHON_OF_SITE) -m bench

lint: dev ## style, types, imports between the parts, templates, migrations, deployment settings
	@PYTHON=$(PYTHON_OF_SITE) sh .ci/lint

dev:
	$(SETUP) requirements-dev.txt
