"""Plans and journals. Pure: a plan is data, and ``aws.applying`` applies it."""
