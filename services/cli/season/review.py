"""Acts three and four: questions answered, panels assigned, sheets handed in, ranking sealed, awards decided."""

import asyncio
from typing import Any

from services.cli.season.cast import Cast, points
from services.cli.season.office import OFFICER, Office, Person

UNKNOWN = {"unknown_years_cleared": "no", "unknown_years_barred": "yes"}


async def close(office: Office, call_id: str) -> None:
    """The window is over."""
    await office.post(
        OFFICER, "2021-07-13T09:00:00+08:00", "submission", f"/v1/calls/{call_id}/closing"
    )


async def answer_questions(office: Office, cast: Cast, applications: dict[str, str]) -> None:
    """The officer settles what no rule could; one question is left open on purpose."""
    await asyncio.gather(
        *(
            office.post(
                OFFICER, "2021-07-23T10:00:00+08:00", "eligibility",
                f"/v1/applications/{applications[p.id]}/questions/basically_qualified_years_running/answer",
                {"answer": UNKNOWN[p.case], "reason": "已向登记管理机关核实所涉年度（虚构）"},
            )
            for p in cast.of(*UNKNOWN)
        )
    )  # fmt: skip


async def assign(
    office: Office, cast: Cast, call_id: str, applications: dict[str, str]
) -> dict[str, Any]:
    """Reviewers are enrolled, conflicts declared, panels sealed."""
    await asyncio.gather(
        *(
            office.post(
                OFFICER, "2021-07-24T09:00:00+08:00", "review", f"/v1/calls/{call_id}/reviewers",
                {"reviewer_id": j.id, "name": j.name, "organisation_id": j.organisation_id,
                 "organisation_name": j.organisation_name, "email": f"{j.id.lower()}@reviewer.invalid",
                 "items": list(j.items), "load_min": 0, "load_max": 9},
            )
            for j in cast.judges
        )
    )  # fmt: skip
    for applicant_id, judge_id in cast.conflicts:
        if application := applications.get(applicant_id):
            await office.post(
                judge(judge_id), "2021-07-25T09:00:00+08:00", "review", f"/v1/applications/{application}/conflicts",
                {"reviewer_id": judge_id, "kind": "recent_cooperation", "statement": "近期合作（虚构）"},
            )  # fmt: skip
    body = {"seed": str(cast.seed), "leave_out_waiting": True}
    return await office.post(
        OFFICER, "2021-07-26T09:00:00+08:00", "review", f"/v1/calls/{call_id}/assignment", body
    )


def judge(judge_id: str) -> Person:
    """A reviewer at their desk."""
    return Person(judge_id.lower(), ("reviewer",), judge_id)


async def score(
    office: Office,
    cast: Cast,
    criteria: list[str],
    panels: list[dict[str, Any]],
    applications: dict[str, str],
) -> None:
    """Every reviewer hands in a sheet for every seat."""
    players = {applications[p.id]: p for p in cast.players if applications.get(p.id)}
    judges = {j.id: j for j in cast.judges}
    await asyncio.gather(
        *(
            office.post(
                judge(reviewer), "2021-08-10T10:00:00+08:00", "review",
                f"/v1/applications/{panel['application_id']}/scores",
                {
                    "reviewer_id": reviewer,
                    "points": points(
                        cast, players[panel["application_id"]], judges[reviewer], criteria
                    ),
                },
            )
            for panel in panels
            for reviewer in panel["reviewer_ids"]
        )
    )  # fmt: skip


async def seal(office: Office, call_id: str) -> dict[str, Any]:
    """The ranking is sealed and awards recommended."""
    return await office.post(
        OFFICER, "2021-08-20T10:00:00+08:00", "review", f"/v1/calls/{call_id}/ranking"
    )


async def decide(office: Office, call_id: str, awards: int) -> None:
    """The proposed awards are posted for five working days, then decided."""
    body = {"awards_expected": awards}
    await office.post(
        OFFICER,
        "2021-08-23T09:00:00+08:00",
        "submission",
        f"/v1/calls/{call_id}/result-notice",
        body,
    )


async def award(office: Office, call_id: str, awards: int) -> dict[str, Any]:
    """The owner's last word, after the notice."""
    body = {"awards_expected": awards}
    return await office.post(
        OFFICER, "2021-08-30T10:00:00+08:00", "review", f"/v1/calls/{call_id}/award-decisions", body
    )
