"""S3: authorized here on buckets, keys and encryption; moto stores the objects."""
