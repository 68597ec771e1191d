"""What to do about what is missing, and what was done. Pure: a plan is data, applying is somebody else's job."""
