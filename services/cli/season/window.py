"""Acts one and two: the call is published, societies apply, paper arrives, facts are on record."""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from services.cli.season.cast import Cast, Player
from services.cli.season.office import (
    CHECKER,
    CLERK,
    MAKER,
    OFFICER,
    SCREENER,
    TREASURER,
    Office,
    Person,
    Refusal,
)

PDF = b"%PDF-1.7\n% a fictional application form\n"
SOURCE = "https://fiction.invalid/register"

FACTS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("facts.yaml").read_text(encoding="utf-8")
)
UNKNOWN_YEARS = ("unknown_years_cleared", "unknown_years_barred", "unknown_years_open")


def applicant(player: Player) -> Person:
    """The society's secretariat."""
    return Person(f"secretariat-{player.number:03d}", ("applicant",), player.id)


async def publish(office: Office, call: dict[str, Any]) -> None:
    """The call goes public, its budget is entered and approved, our bank account is opened."""
    at = "2021-07-01T09:00:00+08:00"
    await office.post(OFFICER, at, "submission", "/v1/calls", call)
    budget = {"amount_fen": call["budget"]["total_fen"]}
    path = f"/v1/calls/{call['id']}"
    await _until_known(office, f"{path}/budget", budget)
    await office.post(
        CHECKER, "2021-07-01T15:00:00+08:00", "finance", f"{path}/budget/approval", budget
    )
    account = {
        "account": "11001045300056000123",
        "opening_fen": 1_000_000_000,
        "opened_on": "2021-07-01",
    }
    await office.post(
        TREASURER, "2021-07-01T16:00:00+08:00", "finance", f"{path}/bank-accounts", account
    )


async def _until_known(office: Office, path: str, body: dict[str, Any]) -> None:
    """Finance hears of the call by event: ask until it has.

    Raises:
        Refusal: a minute was not enough.
    """
    for attempt in range(600):
        at = f"2021-07-01T10:{attempt // 60:02d}:{attempt % 60:02d}+08:00"
        answer = await office.post(MAKER, at, "finance", path, body, expect=(201, 404))
        if answer.get("code") != "call_unknown":
            return
        await asyncio.sleep(0.1)
    raise Refusal(f"finance never heard of {path}")


async def facts(office: Office, cast: Cast) -> None:
    """The screener puts fictional facts about fictional societies on record."""
    told = [(p, FACTS[kind]) for p in cast.players if (kind := _kind(p)) in FACTS]
    await asyncio.gather(
        *(
            office.post(
                SCREENER, "2021-07-02T09:00:00+08:00", "eligibility", f"/v1/applicants/{p.id}/facts",
                {**fact, "source": {"url": SOURCE, "date_basis": "stated", "note": None}, "reference": f"fact-{p.id}"},
            )
            for p, fact in told
        )
    )  # fmt: skip


def _kind(player: Player) -> str:
    """Three cases share one fact and differ in what the officer finds out later."""
    return "unknown_years" if player.case in UNKNOWN_YEARS else player.case


async def apply(office: Office, call_id: str, player: Player) -> str:
    """One society applies: draft, form, submission, file, dispatch. Returns the application id."""
    who, at = applicant(player), player.submitted_at
    late = player.case == "late_electronic"
    began_at = "2021-07-12T23:00:00+08:00" if late else at
    begun = await office.post(
        who, began_at, "submission", "/v1/applications", _draft(call_id, player, "")
    )
    application = str(begun["application_id"])
    path = f"/v1/applications/{application}"
    answer = await office.post(
        who,
        at,
        "submission",
        f"{path}/submission",
        expect=(409,) if late else (201,),
        measured=not late,
    )
    if late:
        assert answer["code"], answer
        return ""
    await _file(office, application, player)
    if player.case not in ("no_paper", "hand_late"):
        day = dispatched_on(player)
        body = {"carrier": "虚构快递", "waybill": waybill(player), "dispatched_on": day}
        await office.post(who, f"{day}T23:30:00+08:00", "submission", f"{path}/dispatch", body)
    if player.case == "duplicate":
        await _second_try(office, call_id, player)
    if player.case == "withdrawn":
        await office.post(
            who,
            "2021-07-12T20:00:00+08:00",
            "submission",
            f"{path}/withdrawal",
            {"reason": "内部安排调整"},
        )
    return application


def _draft(call_id: str, player: Player, reference: str) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "applicant": {"id": player.id, "name": player.name, "member_class": "regular", "contact_email": player.email},
        "reference": reference or f"first-{player.number}",
        "content": {
            "title": player.title, "items": list(player.items), "requested_fen": player.requested_fen,
            "form": player.form,
        },
    }  # fmt: skip


async def _second_try(office: Office, call_id: str, player: Player) -> None:
    at = "2021-07-12T21:00:00+08:00"
    who = applicant(player)
    begun = await office.post(
        who, at, "submission", "/v1/applications", _draft(call_id, player, "again")
    )
    path = f"/v1/applications/{begun['application_id']}/submission"
    answer = await office.post(who, at, "submission", path, expect=(409,))
    assert answer["code"] == "duplicate_applicant", answer


async def _file(office: Office, application: str, player: Player) -> None:
    """The electronic version: uploaded by most, sent by e-mail (twice) by some."""
    at = player.submitted_at
    path = f"/v1/applications/{application}/files?kind=application_form&name=form.pdf"
    pdf = PDF + player.id.encode()
    if player.case != "two_emails":
        await office.post(
            applicant(player), at, "document", path, content=pdf, media="application/pdf"
        )
        return
    for copy, received in enumerate(("2021-07-11T09:00:00%2B08:00", "2021-07-13T08:00:00%2B08:00")):
        await office.post(
            CLERK, f"2021-07-13T09:0{copy}:00+08:00", "document", f"{path}&channel=email&received_at={received}",
            content=pdf + b" copy %d" % copy, media="application/pdf",
        )  # fmt: skip


def dispatched_on(player: Player) -> str:
    """The day on the waybill: most send the copies the day they submit."""
    last = {"dispatch_late": "2021-07-13", "dispatch_in_time_arrives_later": "2021-07-12"}
    return last.get(player.case, player.submitted_at[:10])


def waybill(player: Player) -> str:
    """A fictional waybill number."""
    return f"FICT{player.number:010d}"


async def parcel(office: Office, application: str, player: Player) -> None:
    """The clerk opens a society's parcel and counts."""
    case = player.case
    if case in ("no_paper", "withdrawn"):
        return
    hand = case == "hand_late"
    late = {
        "dispatch_in_time_arrives_later": "2021-07-20T10:00:00+08:00",
        "hand_late": "2021-07-13T00:05:00+08:00",
    }
    body = {
        "channel": "hand" if hand else "courier",
        "carrier": "" if hand else "虚构快递",
        "waybill": "" if hand else waybill(player),
        "dispatched_on": None if hand or case == "waybill_unreadable" else dispatched_on(player),
        "arrived_at": late.get(case, "2021-07-14T10:00:00+08:00"),
        "copies": 4 if case == "four_copies" else 5,
        "originals": 1,
        "sealed": 3 if case == "seal_missing" else (4 if case == "four_copies" else 5),
        "opinion_signed": True,
        "vetted": True,
    }
    await office.post(
        CLERK,
        "2021-07-21T09:00:00+08:00",
        "document",
        f"/v1/applications/{application}/parcels",
        body,
    )
