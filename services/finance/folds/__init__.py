"""Events into rows: the only writer of finance's folded tables."""

from services.finance.folds.bank import FOLDS as BANK
from services.finance.folds.grants import FOLDS as GRANTS
from services.finance.folds.outside import FOLDS as OUTSIDE
from services.finance.folds.payments import FOLDS as PAYMENTS

FOLDS = (*OUTSIDE, *GRANTS, *PAYMENTS, *BANK)
