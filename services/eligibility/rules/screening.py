"""Screening a whole list of societies as of a call, each with its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.eligibility.rules.assess import assess
from services.eligibility.rules.criteria import Criteria
from services.eligibility.rules.evidence import assessment_to_json, evidence_to_json
from services.eligibility.rules.facts import Fact
from services.eligibility.rules.findings import Assessment, CallDates, Context
from services.eligibility.rules.packs import Json
from services.eligibility.rules.societies import Society, membership_fact


@dataclass(frozen=True, slots=True)
class Screened:
    """One society and what the rules make of the facts on record about it."""

    society: Society
    assessment: Assessment


def screen(
    societies: Iterable[Society],
    facts: Iterable[Fact],
    criteria: Criteria,
    dates: CallDates,
    screened_at: datetime,
) -> tuple[Screened, ...]:
    """Assess every society on the list; nothing is scored and nothing is added but its membership.

    Source: R26, R31-R35. Boundary: a society without any fact on record is not barred.
    """
    by_code: dict[str, list[Fact]] = {}
    for fact in facts:
        by_code.setdefault(fact.subject, []).append(fact)
    return tuple(
        Screened(
            society,
            assess(
                (*by_code.get(society.code, ()), membership_fact(society, screened_at)),
                criteria,
                Context(society.code, dates, screened_at=screened_at),
            ),
        )
        for society in societies
    )


def screened_to_json(screened: Screened) -> Json:
    """One line of a screening: who, what came out, and every input."""
    society = screened.society
    return {
        "code": society.code,
        "name_zh": society.name_zh,
        "name_en": society.name_en,
        "verdict": screened.assessment.verdict.value,
        "assessment": assessment_to_json(screened.assessment),
        "evidence": evidence_to_json(screened.assessment.evidence),
    }
