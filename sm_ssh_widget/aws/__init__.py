"""The only room that talks to AWS: who am I, what is there, and one change at a time."""
