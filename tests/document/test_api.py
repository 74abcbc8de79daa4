"""Document over HTTP on a real database: answers, refusals, and nothing half-done."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from contracts.submission import ApplicationSubmitted, CallPublished
from contracts.values import Applicant
from services.chassis.service import create_service
from services.document.api import router
from services.document.clients import Blobs
from services.document.main import SERVICE
from services.document.settings import Settings
from services.document.store import TABLES, Case, File, Parcel
from tests.conftest import Administrator
from tests.document.alone import NOW, SECRET, Alone, running, template_of

APPLICATION = "application-1"
FILES = f"/v1/applications/{APPLICATION}/files"
PARCELS = f"/v1/applications/{APPLICATION}/parcels"
DOCUMENTS = f"/v1/applications/{APPLICATION}/documents"
PDF = b"%PDF-1.7 a form"
RAW = {"kind": "application_form", "name": "申报书.pdf"}
FILE_BYTES_MAX = 2_000


@pytest.fixture(scope="session")
def template(administrator: Administrator) -> Iterator[str]:
    """An empty store of document, to be copied."""
    name = template_of(administrator, TABLES)
    yield name
    administrator.drop(name)


@pytest_asyncio.fixture
async def document(
    database: Callable[..., str], template: str, tmp_path: Path, call: dict[str, Any]
) -> AsyncIterator[Alone]:
    """Document with the 2021 call published and one application of applicant-1."""
    url = database(template)
    settings = Settings(
        database_url=url, kafka_bootstrap_servers="127.0.0.1:9", token_secret=SecretStr(SECRET),
        clock="header", blob_folder=tmp_path / "blobs", file_bytes_max=FILE_BYTES_MAX,
        body_bytes_max=4_000,
    )  # fmt: skip
    app = create_service(SERVICE, settings, router)
    app.state.blobs = Blobs(settings.blob_folder)
    async with running(app) as alone:
        await alone.hears(
            CallPublished(
                call_id="c", call_version=1, call=call, call_sha256="0" * 64, published_by="o",
                published_at=NOW,
            )
        )  # fmt: skip
        await alone.hears(
            ApplicationSubmitted(
                application_id=APPLICATION, call_id="c", call_version=1,
                applicant=Applicant(
                    id="applicant-1", name="虚构学会", member_class="A", contact_email="a@x.org"
                ),
                title="题", items=("1.1",), requested_fen=1, form={}, form_sha256="0" * 64,
                submitted_by="a", submitted_at=NOW,
            )
        )  # fmt: skip
        yield alone


def parcel_body(**changes: Any) -> dict[str, Any]:
    base = {
        "channel": "courier", "carrier": "EMS", "waybill": "W1", "dispatched_on": "2021-07-04",
        "arrived_at": NOW, "copies": 5, "originals": 1, "sealed": 5, "opinion_signed": True,
        "vetted": True,
    }  # fmt: skip
    return {**base, **changes}


async def test_a_file_and_a_parcel_make_the_papers_complete(document: Alone) -> None:
    """Upload, register, read back: verdict, lists, and the very bytes with safe headers."""
    mine = document.headers("applicant", "applicant-1")
    clerk = document.headers("clerk")
    taken = await document.client.post(FILES, params=RAW, content=PDF, headers=mine)
    assert taken.status_code == 201, taken.text
    registered = await document.client.post(PARCELS, json=parcel_body(), headers=clerk)
    assert registered.status_code == 201, registered.text
    shown = (await document.client.get(DOCUMENTS, headers=mine)).json()
    assert shown["assessment"]["verdict"] == "complete"
    assert shown["assessment"]["electronic_file_id"] == taken.json()["file_id"]
    assert [p["waybill"] for p in shown["parcels"]] == ["W1"]
    listed = (await document.client.get(FILES, headers=mine)).json()["files"]
    back = await document.client.get(f"{FILES}/{listed[0]['sha256']}", headers=mine)
    assert back.content == PDF
    assert back.headers["content-type"] == "application/pdf"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7")


async def test_the_same_bytes_again_get_the_same_answer(document: Alone) -> None:
    """Raw or multipart, with an idempotency key or without: one file."""
    mine = document.headers("applicant", "applicant-1")
    first = await document.client.post(FILES, params=RAW, content=PDF, headers=mine)
    keyed = {**mine, "Idempotency-Key": "k"}
    multipart: dict[str, Any] = {
        "data": {"kind": "application_form"},
        "files": {"file": ("申报书.pdf", PDF, "application/pdf")},
    }
    second = await document.client.post(FILES, headers=keyed, **multipart)
    assert second.status_code == 201, second.text
    assert first.json() == second.json()
    assert len(await document.rows(File)) == 1


async def test_a_clerk_registers_an_email_with_the_servers_instant(document: Alone) -> None:
    """Without the instant, or with one from the future, it is refused."""
    clerk = document.headers("clerk")
    mail = {**RAW, "channel": "email"}
    for said in ({}, {"received_at": "2021-07-05T10:00:01+08:00"}):
        refused = await document.client.post(
            FILES, params={**mail, **said}, content=PDF, headers=clerk
        )
        assert (refused.status_code, refused.json()["code"]) == (422, "received_at_invalid")
    taken = await document.client.post(
        FILES, params={**mail, "received_at": NOW}, content=PDF, headers=clerk
    )
    assert taken.json()["received_at"] == NOW


@pytest.mark.parametrize(
    ("params", "content", "media", "status", "code"),
    [
        (RAW, b"", "application/pdf", 422, "file_empty"),
        (RAW, b"MZ executable", "application/pdf", 422, "file_type_refused"),
        (RAW, PDF, "application/zip", 422, "file_type_refused"),
        (RAW, PDF + b"x" * FILE_BYTES_MAX, "application/pdf", 413, "file_too_large"),
        (RAW, PDF + b"x" * 4_000, "application/pdf", 413, "body_too_large"),
        ({"name": "a.pdf"}, PDF, "application/pdf", 422, "body_invalid"),
        ({**RAW, "kind": "../x"}, PDF, "application/pdf", 422, "body_invalid"),
        ({**RAW, "name": ".."}, PDF, "application/pdf", 422, "file_name_invalid"),
        ({**RAW, "size": "1"}, PDF, "application/pdf", 422, "body_invalid"),
        ({**RAW, "received_at": NOW}, PDF, "application/pdf", 422, "received_at_invalid"),
        (RAW, PDF, "multipart/form-data; boundary=x", 400, "http_error"),
        (RAW, PDF, "multipart/form-data", 400, "http_error"),
    ],
)
async def test_a_bad_upload_is_refused_with_a_problem_and_nothing_is_kept(
    document: Alone, params: dict[str, str], content: bytes, media: str, status: int, code: str
) -> None:
    """Every refusal has its code and a sentence per language; no row and no blob remains."""
    headers = {**document.headers("applicant", "applicant-1"), "Content-Type": media}
    answer = await document.client.post(FILES, params=params, content=content, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    assert problem["detail_zh"]
    assert await document.rows(File) == []
    blobs = document.client._transport.app.state.blobs  # type: ignore[attr-defined]
    assert [p for p in blobs.folder.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("role", "subject", "params", "status"),
    [
        ("applicant", "applicant-2", RAW, 403),
        ("reviewer", "r", RAW, 403),
        ("clerk", "", RAW, 403),
        ("applicant", "applicant-1", {**RAW, "channel": "email", "received_at": NOW}, 403),
    ],
)
async def test_only_the_applicant_uploads_and_only_a_clerk_registers_mail(
    document: Alone, role: str, subject: str, params: dict[str, str], status: int
) -> None:
    """Others are refused, and no row is written."""
    answer = await document.client.post(
        FILES, params=params, content=PDF, headers=document.headers(role, subject)
    )
    assert answer.status_code == status, answer.text
    assert await document.rows(File) == []


@pytest.mark.parametrize("path", [FILES, DOCUMENTS, f"{FILES}/{'0' * 64}", "/v1/parcels?call_id=c"])
async def test_strangers_see_nothing(document: Alone, path: str) -> None:
    """Without a token 401, with another applicant's or a reviewer's 403."""
    assert (await document.client.get(path)).status_code == 401
    for role, subject in (("applicant", "applicant-2"), ("reviewer", "r")):
        answer = await document.client.get(path, headers=document.headers(role, subject))
        assert answer.status_code == 403


async def test_before_submission_an_applicant_sees_only_their_own_files(document: Alone) -> None:
    """Files may come first; nobody else learns of them."""
    path = "/v1/applications/not-yet/files"
    mine = document.headers("applicant", "applicant-1")
    await document.client.post(path, params=RAW, content=PDF, headers=mine)
    others = document.headers("applicant", "applicant-2")
    assert len((await document.client.get(path, headers=mine)).json()["files"]) == 1
    assert (await document.client.get(path, headers=others)).json()["files"] == []


async def test_a_damaged_blob_is_never_served(document: Alone) -> None:
    """The answer says so; the bytes stay where they are."""
    mine = document.headers("applicant", "applicant-1")
    taken = await document.client.post(FILES, params=RAW, content=PDF, headers=mine)
    digest = taken.json()["sha256"]
    blobs = document.client._transport.app.state.blobs  # type: ignore[attr-defined]
    blobs.path(digest).write_bytes(b"%PDF-1.7 another")
    answer = await document.client.get(f"{FILES}/{digest}", headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (500, "blob_lost")


async def test_the_paper_register_pages_through_a_call(document: Alone) -> None:
    """Two parcels, one a page; the second page is the last."""
    clerk = document.headers("clerk")
    for number in (1, 2):
        body = parcel_body(waybill=f"W{number}")
        assert (await document.client.post(PARCELS, json=body, headers=clerk)).status_code == 201
    seen, after = [], ""
    for _ in range(3):
        query = {"call_id": "c", "limit": "1", "after": after}
        page = (await document.client.get("/v1/parcels", params=query, headers=clerk)).json()
        seen += [p["waybill"] for p in page["parcels"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert sorted(seen) == ["W1", "W2"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"copies": -1}, "body_invalid"),
        ({"copies": "5"}, "body_invalid"),
        ({"dispatched_on": "12 July"}, "body_invalid"),
        ({"arrived_at": "2021-07-05"}, "body_invalid"),
        ({"channel": "pigeon"}, "body_invalid"),
        ({"colour": "red"}, "body_invalid"),
        ({"sealed": 6}, "count_impossible"),
        ({"dispatched_on": "2021-02-30"}, "body_invalid"),
        ({"arrived_at": "2021-02-30T10:00:00+08:00"}, "body_invalid"),
        ({"arrived_at": "0001-01-01T00:00:00+14:00"}, "body_invalid"),
    ],
)
async def test_a_bad_count_is_refused_with_its_place(
    document: Alone, changes: dict[str, Any], code: str
) -> None:
    """A typing mistake is named where it stands; the register stays as it was."""
    answer = await document.client.post(
        PARCELS, json=parcel_body(**changes), headers=document.headers("clerk")
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert await document.rows(Parcel) == []


async def test_a_correction_and_a_recount_go_over_http(document: Alone) -> None:
    """Seal missing: asked for, then counted again with a reason."""
    clerk = document.headers("clerk")
    mine = document.headers("applicant", "applicant-1")
    await document.client.post(FILES, params=RAW, content=PDF, headers=mine)
    known = await document.client.post(PARCELS, json=parcel_body(sealed=4), headers=clerk)
    asked = await document.client.post(
        f"/v1/applications/{APPLICATION}/correction", json={"due_on": "2021-07-20"}, headers=clerk
    )
    assert (asked.status_code, asked.json()["reasons"][0]["code"]) == (201, "seal_missing")
    recount = f"{PARCELS}/{known.json()['parcel_id']}/recount"
    counted = await document.client.post(
        recount, json={**parcel_body(), "reason": "漏看一份"}, headers=clerk
    )
    assert counted.status_code == 422  # a reason of four characters explains nothing
    counted = await document.client.post(
        recount, json={**parcel_body(), "reason": "第三份的印章先前漏看"}, headers=clerk
    )
    assert counted.status_code == 200, counted.text
    shown = (await document.client.get(DOCUMENTS, headers=clerk)).json()
    assert shown["assessment"]["verdict"] == "complete"
    assert shown["corrections"][0]["due_on"] == "2021-07-20"


async def test_an_unknown_application_is_not_found(document: Alone) -> None:
    """For a clerk; the sentence says what to check."""
    answer = await document.client.get(
        "/v1/applications/nobody/documents", headers=document.headers("clerk")
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "application_unknown")
    assert len(await document.rows(Case)) == 1
