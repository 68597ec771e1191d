"""KMS: the keys of the account and who may use them."""
