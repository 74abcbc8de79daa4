"""The call: its file checked and read, its clauses linted, its deadlines and days counted."""

from services.submission.rules.call.calendar import (
    CalendarDoesNotCover,
    WorkingCalendar,
    is_working_day,
    notice_ends_on,
    notice_period_problems,
    working_days,
)
from services.submission.rules.call.deadlines import (
    DEADLINE_RULE_IDS,
    Timing,
    TimingVerdict,
    WrongKindOfTime,
    application_timing,
    judge_timing,
    on_time,
)
from services.submission.rules.call.lint import KNOWN_RULE_IDS, lint_clauses
from services.submission.rules.call.problems import CallInvalid, CallProblem, Text, blocking
from services.submission.rules.call.publication import publication_problems
from services.submission.rules.call.schema import shape_problems
from services.submission.rules.call.shape import SCHEMA
from services.submission.rules.call.values import (
    Amount,
    Call,
    Channel,
    Criterion,
    Quota,
    Strand,
    Tranche,
    Window,
    call_from,
    parse_call,
)

__all__ = [
    "DEADLINE_RULE_IDS",
    "KNOWN_RULE_IDS",
    "SCHEMA",
    "Amount",
    "CalendarDoesNotCover",
    "Call",
    "CallInvalid",
    "CallProblem",
    "Channel",
    "Criterion",
    "Quota",
    "Strand",
    "Text",
    "Timing",
    "TimingVerdict",
    "Tranche",
    "Window",
    "WorkingCalendar",
    "WrongKindOfTime",
    "application_timing",
    "blocking",
    "call_from",
    "is_working_day",
    "judge_timing",
    "lint_clauses",
    "notice_ends_on",
    "notice_period_problems",
    "on_time",
    "parse_call",
    "publication_problems",
    "shape_problems",
    "working_days",
]
