"""Between HTTP and values, by botocore's own service models: requests in, answers out, signatures checked."""
