"""Routes of receipts: given again to who may read the application, checked for anyone."""

from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Body, status
from fastapi.responses import Response

from services.chassis.gate import Gate
from services.chassis.problems import json_response
from services.submission.api.bodies import ApplicationId
from services.submission.commands.guards import own, sent
from services.submission.commands.submissions import receipt_of
from services.submission.rules.receipt import authentic, public_key_of, sign
from services.submission.settings import Settings
from services.submission.store import Application, Draft, one

router = APIRouter(tags=["receipts"])
HOW = (
    "The signature (Ed25519) covers the receipt without signature and public_key, written as "
    "UTF-8 JSON with "
    "keys sorted and no spaces. Take the key from here or from the notice of the call, not from "
    "the receipt."
)


def signed(answer: Response, gate: Gate) -> Response:
    """The answer to a submission, signed at the edge: decisions know no secret, and stay pure."""
    if answer.status_code != status.HTTP_201_CREATED:
        return answer
    receipt = orjson.loads(bytes(answer.body))
    return json_response(sign(receipt, _secret(gate)), answer.status_code)


@router.get("/v1/applications/{application_id}/receipt")
async def read_receipt(application_id: ApplicationId, gate: Gate) -> Response:
    """The receipt of a sent application, byte for byte as at submission."""
    actor = gate.allow("applicant", "officer", "clerk")
    async with gate.query() as session:
        draft = await one(session, Draft, application_id)
        row = sent(await one(session, Application, application_id), draft, application_id)
    if actor.roles.isdisjoint({"officer", "clerk"}):
        own(actor.subject, row.applicant_id)
    return json_response(sign(receipt_of(row).document(), _secret(gate)), 200)


@router.get("/v1/receipts/key")
async def read_key(gate: Gate) -> Response:
    """The public key of this installation's receipts, and how to check one without us."""
    gate.public()
    body = {"algorithm": "Ed25519", "public_key": public_key_of(_secret(gate)), "how": HOW}
    return json_response(body, 200)


@router.post("/v1/receipts/verification")
async def verify_receipt(receipt: Annotated[dict[str, Any], Body()], gate: Gate) -> Response:
    """Whether this installation signed exactly this receipt."""
    gate.public()
    key = public_key_of(_secret(gate))
    return json_response({"authentic": authentic(receipt, key), "public_key": key}, 200)


def _secret(gate: Gate) -> str:
    return cast("Settings", gate.runtime.settings).receipt_key.get_secret_value()
