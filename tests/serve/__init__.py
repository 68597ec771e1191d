"""The page of its own: raw requests."""
