"""CloudFormation, as far as the exported templates need it: templates, their resources, and their function."""
