"""The lint of a call's clauses: each held by a rule, by data, or by a signed human judgement."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.submission.rules.call.deadlines import DEADLINE_RULE_IDS
from services.submission.rules.call.problems import CallProblem, Text, pointer
from services.submission.rules.call.shape_rules import ELIGIBILITY_RULE_IDS

KNOWN_RULE_IDS = ELIGIBILITY_RULE_IDS | DEADLINE_RULE_IDS
"""Every rule a clause may name. Tests hold the first set equal to what eligibility implements."""

_SIGNATURE = ("who", "why", "signed_by", "signed_on")
_HOLDERS = ("rules", "data", "judged_by_people")


def lint_clauses(document: object, rule_ids: Iterable[str]) -> list[CallProblem]:
    """Everything wrong with the list of clauses, in its order.

    Source: R1-R55, N1-N12. Boundary: an empty list of rules or pointers holds nothing; a signature
    without a name or a day is none.
    """
    if not isinstance(document, Mapping):
        return []
    entries = document.get("clauses")
    clauses = [e for e in entries if isinstance(e, Mapping)] if isinstance(entries, list) else []
    known = frozenset(rule_ids)
    found = list(_missing_clauses(document, clauses))
    for number, clause in enumerate(clauses):
        found.extend(_clause_problems(document, clause, pointer("clauses", number), known))
    return found


def _missing_clauses(
    document: Mapping[str, Any], clauses: Sequence[Mapping[str, Any]]
) -> Iterator[CallProblem]:
    """The notice has so many clauses: each is listed once."""
    notice = document.get("notice")
    counts: Mapping[str, Any] = notice if isinstance(notice, Mapping) else {}
    ids = [str(clause.get("id")) for clause in clauses]
    expected = [
        f"{letter}{number}"
        for letter, key in (("R", "clauses"), ("N", "silent"))
        if isinstance(counts.get(key), int)
        for number in range(1, counts[key] + 1)
    ]
    for clause_id in expected:
        if clause_id not in ids:
            what = Text(f"通知条款 {clause_id} 未列出", f"the clause {clause_id} is not listed")
            mend = Text("补上该条款及其依据", "Add it with its rule, data or signature")
            yield CallProblem("clause_missing", "/clauses", what, mend)
    for number, clause_id in enumerate(ids):
        if clause_id in ids[:number] or clause_id not in expected:
            what = Text(
                f"条款 {clause_id} 重复或多余", f"{clause_id} stands twice or is not counted"
            )
            mend = Text(
                "删去，或改正 notice 中的条数", "Remove it, or correct the counts in /notice"
            )
            yield CallProblem("clause_unexpected", pointer("clauses", number, "id"), what, mend)


def _clause_problems(
    document: Mapping[str, Any], clause: Mapping[str, Any], where: str, known: frozenset[str]
) -> Iterator[CallProblem]:
    if not any(clause.get(holder) for holder in _HOLDERS):
        what = Text(
            f"条款 {clause.get('id')} 既无规则，也无数据，也无“由人判断”的签认",
            f"{clause.get('id')} has no rule, no data and no signed “judged by people”",
        )
        mend = Text("写明 rules、data 或 judged_by_people", "Give rules, data or judged_by_people")
        yield CallProblem("clause_unheld", where, what, mend)
    yield from _rule_problems(document, clause, where, known)
    for number, target in enumerate(_texts(clause.get("data"))):
        if not resolves(document, target):
            what = Text(f"指针 {target} 无所指", f"the pointer {target} leads nowhere")
            mend = Text("改为存在的字段", "Point at a field that is there and filled")
            yield CallProblem("pointer_dangling", f"{where}/data/{number}", what, mend)
    yield from _signature_problems(clause.get("judged_by_people"), where)


def _rule_problems(
    document: Mapping[str, Any], clause: Mapping[str, Any], where: str, known: frozenset[str]
) -> Iterator[CallProblem]:
    pack = document.get("rule_pack")
    rules = pack.get("rules") if isinstance(pack, Mapping) else None
    listed = rules if isinstance(rules, list) else []
    in_pack = {rule.get("id") for rule in listed if isinstance(rule, Mapping)}
    for number, rule_id in enumerate(_texts(clause.get("rules"))):
        place = f"{where}/rules/{number}"
        if rule_id not in known:
            what = Text(f"没有规则 {rule_id}", f"there is no rule {rule_id}")
            mend = Text("可用：", "Use one of: ")
            listed_ids = ", ".join(sorted(known))
            yield CallProblem(
                "rule_unknown", place, what, Text(mend.zh + listed_ids, mend.en + listed_ids)
            )
        elif rule_id in ELIGIBILITY_RULE_IDS - in_pack:
            what = Text(f"规则包中没有 {rule_id}", f"the rule pack does not hold {rule_id}")
            mend = Text("加入 /rule_pack/rules", "Add it to /rule_pack/rules")
            yield CallProblem("rule_not_in_pack", place, what, mend)


def _signature_problems(signature: object, where: str) -> Iterator[CallProblem]:
    if not signature:
        return
    fields = signature if isinstance(signature, Mapping) else {}
    for name in _SIGNATURE:
        if not fields.get(name):
            what = Text(f"签认缺少 {name}", f"the signature lacks {name}")
            mend = Text(
                "写明谁判断、为何、谁签认、何日", "Say who judges, why, who signed and when"
            )
            place = f"{where}/judged_by_people/{name}"
            yield CallProblem("signature_incomplete", place, what, mend)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def resolves(document: object, target: str) -> bool:
    """A JSON pointer leads to a value in the document; null and empty texts hold nothing."""
    here = document
    if target and not target.startswith("/"):
        return False
    for step in target.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping) and name in here:
            here = here[name]
        elif isinstance(here, list) and name.isascii() and name.isdigit() and int(name) < len(here):
            here = here[int(name)]
        else:
            return False
    return here is not None and here not in ("", [], {})
