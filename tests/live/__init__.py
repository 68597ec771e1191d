"""Check of the program on a real account, by a volunteer: never in CI. See docs/live.md."""
