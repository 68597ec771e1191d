"""The IAM policy language: ARNs, documents, conditions, evaluation, merging. Pure: it imports nothing of ours."""
