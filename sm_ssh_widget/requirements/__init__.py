"""What SageMaker SSH Helper needs, and what of it is missing. Pure: it sees facts, never AWS."""
