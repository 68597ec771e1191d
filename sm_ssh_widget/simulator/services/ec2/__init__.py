"""The simulated EC2."""
