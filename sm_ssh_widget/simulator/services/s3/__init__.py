"""S3: judged here on buckets, keys and their encryption; moto keeps the objects."""
