"""The rules of submission: pure functions, each with its clause, unit and boundary."""
