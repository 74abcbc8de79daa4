"""The pure core of review: conflicts, assignment, scores, ranking and selection."""
