"""The simulated IAM Identity Center."""
