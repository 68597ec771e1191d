"""AWS Organizations, as a member account sees it."""
