"""Detection, the first stage: execution role, Region and the person who connects."""
