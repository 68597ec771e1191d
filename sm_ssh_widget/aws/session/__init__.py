"""Sessions with AWS: clients, the Reader that cannot write, the tripwire, errors, back-off and secrets."""
