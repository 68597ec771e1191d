"""One plan, many tellings. Pure: every telling is text made from the plan, and none derives a policy anew."""
