"""Eligibility's rules: three-valued, dated, sourced, and the same on any later day."""

from services.eligibility.rules.assess import any_exclusion_bars, assess
from services.eligibility.rules.criteria import RULE_IDS, Criteria
from services.eligibility.rules.evidence import (
    assessment_to_json,
    evidence_from_json,
    evidence_to_json,
    fact_from_json,
    fact_to_json,
    rederive,
)
from services.eligibility.rules.facts import Fact, facts_as_of
from services.eligibility.rules.findings import (
    Answer,
    Assessment,
    CallDates,
    Context,
    Evidence,
    Finding,
    Verdict,
)
from services.eligibility.rules.intake import FACT_COLUMNS, fact_id, facts_from_rows
from services.eligibility.rules.packs import criteria_from_pack, criteria_to_json
from services.eligibility.rules.screening import Screened, screen, screened_to_json
from services.eligibility.rules.societies import (
    SOCIETY_COLUMNS,
    Society,
    membership_fact,
    societies_from_rows,
)
from services.eligibility.rules.tables import Row, RowProblem, rows_from_csv
from services.eligibility.rules.values import Problem, Text, Truth, Unreadable

__all__ = [
    "FACT_COLUMNS",
    "RULE_IDS",
    "SOCIETY_COLUMNS",
    "Answer",
    "Assessment",
    "CallDates",
    "Context",
    "Criteria",
    "Evidence",
    "Fact",
    "Finding",
    "Problem",
    "Row",
    "RowProblem",
    "Screened",
    "Society",
    "Text",
    "Truth",
    "Unreadable",
    "Verdict",
    "any_exclusion_bars",
    "assess",
    "assessment_to_json",
    "criteria_from_pack",
    "criteria_to_json",
    "evidence_from_json",
    "evidence_to_json",
    "fact_from_json",
    "fact_id",
    "fact_to_json",
    "facts_as_of",
    "facts_from_rows",
    "membership_fact",
    "rederive",
    "rows_from_csv",
    "screen",
    "screened_to_json",
    "societies_from_rows",
]
