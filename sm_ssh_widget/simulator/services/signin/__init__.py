"""The simulated sign-in service of ``aws login``."""
