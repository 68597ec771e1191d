"""CloudFormation, as far as it tells what a stack is and owns."""
