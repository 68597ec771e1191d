"""The simulated Systems Manager."""
