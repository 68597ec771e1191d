"""The wizard in each front end that can be run here, each in an environment of its own.

Slow: part of ``make deep``. ``python -m tests.front_ends`` runs them, takes the pictures and keeps what was seen, which
docs/front-ends.md prints.
"""
