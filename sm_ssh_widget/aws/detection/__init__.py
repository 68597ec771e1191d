"""Which role, which Region, and who: the first stage."""
