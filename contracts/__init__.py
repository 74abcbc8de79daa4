"""The published language: every event that crosses a service boundary, and nothing else."""
