"""Exclusions that weigh one fact at a time: penalties (R31) and failed projects (R34)."""

from services.eligibility.rules.criteria import ForceMajeure, Join, PenaltyRule, ProjectRule
from services.eligibility.rules.facts import Fact, FactDates, Penalty, ProjectOutcome
from services.eligibility.rules.findings import Arithmetic, Context, Step, Weighed, step_on
from services.eligibility.rules.lookback import weigh_lookback
from services.eligibility.rules.values import Text, Truth, all_of, any_of, joined, truth

UNKNOWN_KIND = "unknown"


def penalised_within_lookback(
    rule: PenaltyRule, facts: tuple[Fact, ...], context: Context
) -> tuple[Step, ...]:
    """An authority imposed an administrative penalty on the applicant within the look-back.

    Source: R31 近两年内被相关行政主管部门行政处罚的 (A1, A2). Unit: calendar months.
    Boundary: see `weigh_lookback`. A revoked penalty stays on record and does not count.
    """
    return tuple(
        step_on(fact, _weigh_penalty(rule, fact.detail, fact.dates, context))
        for fact in facts
        if isinstance(fact.detail, Penalty)
    )


def _weigh_penalty(
    rule: PenaltyRule, penalty: Penalty, dates: FactDates, context: Context
) -> Weighed:
    if penalty.revoked_on is not None:
        return Weighed(
            Truth.NO,
            (("revoked_on", str(penalty.revoked_on)),),
            Text(
                f"该处罚已撤销（{penalty.revoked_on}），留存备查，不计入。",
                f"The penalty was revoked ({penalty.revoked_on}): kept on record, not counted.",
            ),
        )
    kinds = (
        (penalty.authority_kind, rule.authority_kinds),
        (penalty.penalty_kind, rule.penalty_kinds),
        (penalty.penalised, rule.penalised),
    )
    return combined(_weigh_kinds(kinds), weigh_lookback(dates, rule.lookback, context))


def _weigh_kinds(kinds: tuple[tuple[str, tuple[str, ...]], ...]) -> Weighed:
    """Each kind is on the pack's list; an empty list counts all; unknown opens a question."""
    holds = all_of(
        truth(kind in counted) if kind != UNKNOWN_KIND else Truth.UNDETERMINED
        for kind, counted in kinds
        if counted
    )
    known = ", ".join(kind for kind, _ in kinds if kind != UNKNOWN_KIND) or "?"
    arithmetic: Arithmetic = (("kinds_known", known), ("kinds_counted", holds.value))
    said = {
        Truth.YES: Text("属本条所指", "is of a kind this rule counts"),
        Truth.NO: Text("不属本条所指", "is not of a kind this rule counts"),
        Truth.UNDETERMINED: Text("不明是否属本条所指", "may or may not be of a kind it counts"),
    }[holds]
    sentence = Text(f"该处罚（{known}）{said.zh}。", f"The penalty ({known}) {said.en}.")
    ask = Text("处罚机关、种类和对象为何？", "Which authority, which kind, and who was penalised?")
    return Weighed(holds, arithmetic, sentence, ask if holds is Truth.UNDETERMINED else None)


def combined(first: Weighed, second: Weighed, join: Join = Join.AND) -> Weighed:
    """Two considerations under AND or OR; what one of them settles is not asked of the other."""
    holds = (all_of if join is Join.AND else any_of)((first.holds, second.holds))
    asks = [w.ask for w in (first, second) if w.ask and w.holds is Truth.UNDETERMINED]
    return Weighed(
        holds,
        (*first.arithmetic, *second.arithmetic),
        joined((first.sentence, second.sentence)),
        joined(asks) if holds is Truth.UNDETERMINED else None,
    )


def department_project_failed(
    rule: ProjectRule, facts: tuple[Fact, ...], context: Context
) -> tuple[Step, ...]:
    """The applicant failed to complete a project of the department as required, in the look-back.

    Source: R34 近两年内未按要求完成中国科协学会学术部有关项目的 (A1, A5). Unit: calendar months.
    Boundary: see `weigh_lookback`; without the owner's sign-off, where the pack requires one, it
    is a claim and opens a question.
    """
    return tuple(
        step_on(
            fact,
            combined(
                _weigh_project(rule, fact.detail),
                weigh_lookback(fact.dates, rule.lookback, context),
            ),
        )
        for fact in facts
        if isinstance(fact.detail, ProjectOutcome)
    )


def _weigh_project(rule: ProjectRule, project: ProjectOutcome) -> Weighed:
    """The department's own project, failed, vouched for, and not excused."""
    counts = {
        "department": truth(project.department in rule.departments),
        "failed": _failed(project.result),
        "signed_off": _signed_off(rule, project),
        "not_excused": _not_excused(rule, project),
    }
    holds = all_of(counts.values())
    open_names = [name for name, value in counts.items() if value is Truth.UNDETERMINED]
    arithmetic: Arithmetic = (
        ("department", project.department),
        ("project", project.project),
        ("result", project.result),
        *((name, value.value) for name, value in counts.items() if name != "department"),
    )
    return Weighed(holds, arithmetic, _project_sentence(holds, project), _project_ask(open_names))


def _failed(result: str) -> Truth:
    return Truth.UNDETERMINED if result == UNKNOWN_KIND else truth(result == "failed")


def _signed_off(rule: ProjectRule, project: ProjectOutcome) -> Truth:
    if project.signed_off_by or not rule.sign_off_required:
        return Truth.YES
    return Truth.UNDETERMINED


def _not_excused(rule: ProjectRule, project: ProjectOutcome) -> Truth:
    if rule.force_majeure is ForceMajeure.IGNORED or project.force_majeure is Truth.NO:
        return Truth.YES
    excused = rule.force_majeure is ForceMajeure.EXCUSES and project.force_majeure is Truth.YES
    return Truth.NO if excused else Truth.UNDETERMINED


def _project_sentence(holds: Truth, project: ProjectOutcome) -> Text:
    said = {
        Truth.YES: Text("未按要求完成，计入", "was not completed as required, and counts"),
        Truth.NO: Text("不计入本条", "does not count under this rule"),
        Truth.UNDETERMINED: Text("是否计入尚待认定", "may count: that is still to be settled"),
    }[holds]
    return Text(
        f"{project.department} 项目“{project.project}”{said.zh}。",
        f"The project “{project.project}” of {project.department} {said.en}.",
    )


def _project_ask(open_names: list[str]) -> Text | None:
    asks = {
        "failed": Text("该项目是否未按要求完成？", "Was the project not completed as required?"),
        "signed_off": Text("主管部门是否签认？", "Does the department vouch for this?"),
        "not_excused": Text("是否属不可抗力而应免责？", "Does force majeure excuse it?"),
    }
    return joined(asks[name] for name in open_names) if open_names else None
