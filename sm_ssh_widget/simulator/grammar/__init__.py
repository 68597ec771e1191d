"""Grammar of a policy document as IAM validates it: structure, conditions, ARNs, principals.

This package does not evaluate policies and does not use the evaluator, so that neither hides a bug of the other.
"""
