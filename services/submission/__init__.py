"""Submission decides who may apply to which call until when, and proves to each applicant what was sent."""
