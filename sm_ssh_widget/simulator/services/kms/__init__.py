"""KMS: the keys of the account and their use."""
