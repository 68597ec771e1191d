"""Operations of AWS Account Management."""
