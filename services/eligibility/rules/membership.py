"""Who the call is addressed to (R26): the applicant's class on the list of national societies."""

from services.eligibility.rules.criteria import MembershipRule
from services.eligibility.rules.facts import Fact, Membership
from services.eligibility.rules.findings import Context, Step, Weighed
from services.eligibility.rules.values import Text, Truth, agreed, truth


def member_class_not_admitted(
    rule: MembershipRule, facts: tuple[Fact, ...], context: Context
) -> tuple[Step, ...]:
    """The applicant's member class is not among those the call admits.

    Source: R26 中国科协各全国学会、协会、研究会均可申报 (R3, A14). Boundary: not being on the
    list is unknown, not a no; a declared class counts only where the pack lets it suffice.
    """
    used = tuple(fact for fact in facts if isinstance(fact.detail, Membership))
    classes = {f.detail.member_class for f in used if isinstance(f.detail, Membership)}
    declared = not used and rule.declaration_suffices and context.declared_member_class is not None
    if declared and context.declared_member_class is not None:
        classes = {context.declared_member_class}
    holds = agreed(_class_bars(rule, member_class) for member_class in classes)
    weighed = Weighed(
        holds,
        (
            ("member_class", ", ".join(sorted(classes)) or "unknown"),
            ("basis", "declared by the applicant" if declared else "the funder's list"),
            ("admitted", ", ".join(rule.admitted)),
            ("asked", ", ".join(rule.asked) or "none"),
        ),
        _sentence(holds, sorted(classes), declared),
        _ask(holds, context.applicant),
    )
    sources = tuple(sorted({fact.source.url for fact in used}))
    return (Step(tuple(fact.id for fact in used), sources, weighed),)


def _class_bars(rule: MembershipRule, member_class: str) -> Truth:
    if member_class in rule.asked:
        return Truth.UNDETERMINED
    return truth(member_class not in rule.admitted)


def _sentence(holds: Truth, classes: list[str], declared: bool) -> Text:
    named = ", ".join(classes)
    basis = Text("（申报单位自报）", " (as the applicant declares)") if declared else Text("", "")
    if not classes:
        return Text(
            "申报单位不在已载入的全国学会名录中，是否为申报对象待核实。",
            "The applicant is not on the loaded list of national societies; ask before deciding.",
        )
    said = {
        Truth.YES: Text("不属申报对象", "is not admitted"),
        Truth.NO: Text("属申报对象", "is admitted"),
        Truth.UNDETERMINED: Text("是否属申报对象需人工认定", "has to be judged by a person"),
    }[holds]
    return Text(
        f"会员类别 {named}{basis.zh}{said.zh}。", f"Member class {named}{basis.en} {said.en}."
    )


def _ask(holds: Truth, applicant: str) -> Text | None:
    if holds is not Truth.UNDETERMINED:
        return None
    return Text(
        f"{applicant} 是否为本通知所称的全国学会、协会、研究会？若不是，请答“是，适用本条排除”。",
        f"Is {applicant} a society this call addresses? Answer yes if it must be kept out.",
    )
