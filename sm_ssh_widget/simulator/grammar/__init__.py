"""IAM's grammar of a policy document, as far as IAM itself checks it: shapes, conditions, ARNs, principals.

Nothing here evaluates a policy, and nothing of the evaluator is used here, so that neither hides a fault of the other.
"""
