"""CodeBuild, as far as it tells which projects there are and which role they use."""
