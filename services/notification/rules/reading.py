"""Taking out of other services' documents what letters need, and nothing else."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.notification.rules.dossier import Call, Reasons


def call_of(call: Mapping[str, Any]) -> Call:
    """How letters name a call, and when its window ends.

    Raises:
        KeyError, TypeError, ValueError: the call lacks its title or its closing instant.
    """
    closes_before = call["window"]["closes_before"]
    if datetime.fromisoformat(closes_before).tzinfo is None:
        raise ValueError(f"closes_before {closes_before} has no offset")
    return Call({"zh": call["title"]["zh"], "en": call["title"]["en"]}, closes_before)


def barring_reasons(failed_rules: Iterable[str], assessment: Mapping[str, Any]) -> Reasons:
    """The rules that bar, each in the words of its finding.

    Boundary: an assessment of another shape still names the rule, so that nobody is told nothing.
    """
    findings = assessment.get("findings")
    listed = findings if isinstance(findings, list) else []
    said = {f.get("rule"): f for f in listed if isinstance(f, dict)}
    return [_reason(rule, said.get(rule, {})) for rule in failed_rules]


def _reason(rule: str, finding: Mapping[str, Any]) -> dict[str, str]:
    sentence = finding.get("sentence")
    words = sentence if isinstance(sentence, dict) else {}
    clause = finding.get("clause")
    return {
        "code": f"{rule}, {clause}" if clause else rule,
        "zh": str(words.get("zh") or f"不符合规则 {rule}。"),
        "en": str(words.get("en") or f"Rule {rule} is not met."),
    }
