"""The simulated IAM."""
