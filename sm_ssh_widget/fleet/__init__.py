"""Many roles at once: rows, groups, comparison of two audits, ignore rules, the fleet plan. Pure."""
