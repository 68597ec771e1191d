"""Observation: every fact about a target, read from AWS: known, absent or unknown."""
