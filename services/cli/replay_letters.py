"""`mingjing dead-letters`: look, try, propose, approve; through the services' own doors."""

import time
from typing import Annotated, Any

import httpx
import typer

from services.cli.life import STATE, Folder, Json, running
from services.cli.output import EXIT_REFUSED, console, fail, say_json, table
from services.cli.replaying import chosen
from services.cli.stack import SERVICES, Stack

app = typer.Typer(help="Records that were not applied, and letting their keys go on.")
SECONDS_MAX = 600
Who = Annotated[str, typer.Option("--as", help="Who acts: an operator's id.")]
Service = Annotated[str, typer.Argument(help="The service that keeps them.")]


def _call(
    stack: Stack, service: str, method: str, path: str, who: str, body: Any = None
) -> dict[str, Any]:
    """Ask a service as an operator; a refusal ends the command and is said as it came."""
    token = {"authorization": f"Bearer {stack.token(who, ['operator'])}"}
    url = f"{stack.url(service)}/v1/operations/{path}"
    try:
        answer = httpx.request(method, url, headers=token, json=body, timeout=60)
    except httpx.HTTPError as away:
        fail(f"{service} does not answer: {away}", f"{service} 没有应答。")
    said: dict[str, Any] = answer.json()
    if answer.is_error:
        fail(said.get("detail", answer.text), said.get("detail_zh", ""), EXIT_REFUSED)
    return said


@app.command("list")
def show(
    service: Annotated[list[str] | None, typer.Option("--service", help="May be repeated.")] = None,
    who: Who = "operator",
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Show what went wrong, grouped by fingerprint, and every key that waits."""
    stack = running(state)
    found = {
        name: {
            **_call(stack, name, "GET", "dead-letter-groups", who),
            **_call(stack, name, "GET", "parked-keys", who),
        }
        for name in chosen(service)
    }
    if as_json:
        say_json(found)
        return
    table(
        "Dead letters", ("service", "fingerprint", "state", "code", "records", "keys", "first", "last", "reason"),
        [
            (name, g["fingerprint"], g["state"], g["code"], g["count"], g["keys"],
             g["first_seen_at"][:19], g["last_seen_at"][:19], g["reason"])
            for name, held in found.items() for g in held["groups"]
        ],
    )  # fmt: skip
    table(
        "Keys that wait", ("service", "topic", "key", "queued", "since", "code"),
        [
            (name, k["topic"], k["key"], k["queued"], k["since"][:19], k.get("code", ""))
            for name, held in found.items() for k in held["parked_keys"]
        ],
    )  # fmt: skip


@app.command("try")
def dry_run(
    service: Service,
    topic: Annotated[str, typer.Option(help="The topic the key waits on.")],
    key: Annotated[str, typer.Option(help="The key.")],
    who: Who = "operator",
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Say what letting a key go on would change; nothing changes."""
    body = {"topic": topic, "key": key}
    done = _call(running(state), *_of(service), "POST", "redrives", who, body)
    if as_json:
        say_json(done)
        return
    for record in done["records"]:
        console.print(f"{record['state']}: {record['type']} {record['code']} {record['reason']}")
    for effect in done["effects"]:
        for field, (before, after) in effect["fields"].items():
            console.print(f"  {effect['table']} {effect['key']} {field}: {before!r} → {after!r}")


@app.command("propose")
def propose(  # noqa: PLR0913, PLR0917 (what a proposal says)
    act: Annotated[str, typer.Argument(help="redrive, redrive_despite_gap, discard or reread.")],
    service: Service,
    reason: Annotated[str, typer.Option(help="Why: it goes into the audit.")],
    topic: Annotated[str, typer.Option(help="Only of this topic.")] = "",
    key: Annotated[str, typer.Option(help="Only of this key.")] = "",
    fingerprint: Annotated[str, typer.Option(help="Only what went wrong this way.")] = "",
    keys_per_second: Annotated[int, typer.Option(help="How fast it may run.")] = 20,
    who: Who = "operator",
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Propose an act on many keys at once; another operator approves it."""
    body = {
        "act": act, "topic": topic, "key": key, "fingerprint": fingerprint, "reason": reason,
        "keys_per_second": keys_per_second,
    }  # fmt: skip
    done = _call(running(state), *_of(service), "POST", "proposals", who, body)
    if as_json:
        say_json(done)
    else:
        console.print(f"{done['id']}: {act} {done['report']['keys']} keys; another may approve it")


@app.command("approve")
def approve(
    service: Service,
    proposal: Annotated[str, typer.Argument(help="The proposal's id.")],
    who: Annotated[str, typer.Option("--as", help="Another operator than the proposer.")],
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Approve a proposal and wait until it is carried out."""
    stack = running(state)
    name, *_ = _of(service)
    _call(stack, name, "POST", f"proposals/{proposal}/approval", who)
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        rows = _call(stack, name, "GET", "proposals?limit=1000", who)["proposals"]
        (row,) = [row for row in rows if row["id"] == proposal]
        if row["state"] == "done" or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    if as_json:
        say_json(row)
    else:
        console.print(f"{row['state']}: {row['report']}")


@app.command("reject")
def reject(
    service: Service,
    proposal: Annotated[str, typer.Argument(help="The proposal's id.")],
    who: Who = "operator",
    state: Folder = STATE,
) -> None:
    """Refuse a proposal, or take back one's own."""
    done = _call(running(state), *_of(service), "POST", f"proposals/{proposal}/rejection", who)
    console.print(done["state"])


@app.command("audit")
def audit(
    service: Annotated[list[str] | None, typer.Option("--service", help="May be repeated.")] = None,
    who: Who = "operator",
    state: Folder = STATE,
    as_json: Json = False,
) -> None:
    """Show what operators did to the machinery: who, approved by whom, what, when."""
    stack = running(state)
    found = {n: _call(stack, n, "GET", "audits", who)["audits"] for n in chosen(service)}
    if as_json:
        say_json(found)
        return
    table(
        "Audit", ("service", "when", "act", "actor", "approver", "detail"),
        [
            (name, row["done_at"][:19], row["act"], row["actor"], row["approver"], row["detail"])
            for name, rows in found.items() for row in rows
        ],
    )  # fmt: skip


@app.command("reset-breaker")
def reset_breaker(service: Service, who: Who = "operator", state: Folder = STATE) -> None:
    """Let intake go on after the circuit breaker stopped it."""
    _call(running(state), *_of(service), "POST", "circuit-breaker/reset", who)
    console.print("reset")


def _of(service: str) -> tuple[str]:
    if service not in SERVICES:
        chosen([service])
    return (service,)
