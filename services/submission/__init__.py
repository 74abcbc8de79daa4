"""Submission decides who may apply to which call until when, and proves what was sent."""
