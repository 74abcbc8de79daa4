"""Eligibility decides who may apply: three-valued verdicts on dated, sourced facts."""
