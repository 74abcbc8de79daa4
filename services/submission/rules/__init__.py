"""The rules of submission: pure functions over frozen values; each names its clause, unit and boundary."""
