"""The published SSH Helper and the AWS CLI, in an environment of their own, against the simulated account."""
