"""The simulated STS."""
