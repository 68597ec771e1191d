"""HTTP layer by botocore's service models: parsing requests, rendering responses, checking signatures."""
