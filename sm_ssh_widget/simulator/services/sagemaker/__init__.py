"""The simulated SageMaker."""
