"""The texts of the wizard in other languages: which they are, and a language that proves that all are translated."""
