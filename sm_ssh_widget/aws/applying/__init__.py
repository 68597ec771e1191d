"""Apply one change at a time: read, write, wait, read back."""
