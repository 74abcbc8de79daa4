"""All contracts in one place, with look-ups by topic and by event."""

from contracts.document import DOCUMENT
from contracts.eligibility import ELIGIBILITY
from contracts.event import Catalog
from contracts.finance import FINANCE
from contracts.notification import NOTIFICATION
from contracts.review import REVIEW
from contracts.submission import SUBMISSION

CATALOG = Catalog((SUBMISSION, ELIGIBILITY, DOCUMENT, REVIEW, FINANCE, NOTIFICATION))
