"""Set up IAM and Systems Manager for SageMaker SSH Helper: check, plan, apply, verify, undo."""
