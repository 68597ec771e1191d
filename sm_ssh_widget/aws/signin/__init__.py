"""Ways in: the credential chain, a profile, temporary keys, a role with MFA, Identity Center."""
