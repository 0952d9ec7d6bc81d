"""Runs the whole site on one machine: `python -m kzsim.runner`, which is what `make run` does.

prepare.py     brings database, guides, translations and static files up to date
programs.py    the processes of the site and their command lines
supervise.py   starts them, shows what they say, starts again what dies, stops them all
leftovers.py   one runner a data folder; ends what a killed runner left behind
"""
