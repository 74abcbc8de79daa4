"""Events into rows: the only writer of review's folded tables."""

from services.review.folds import outside, own

FOLDS = (*outside.FOLDS, *own.FOLDS)
