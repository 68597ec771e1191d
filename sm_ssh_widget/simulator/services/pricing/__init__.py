"""AWS Price List, as far as it prices what a plan starts."""
