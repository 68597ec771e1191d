"""CloudWatch Logs: groups, streams, events, and the queries that find a node in them."""
