"""`mingjing season`: the 2021 call from notice to reconciled books, then two proofs."""

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import screening
from services.cli.life import STATE, Folder, stack_at
from services.cli.output import EXIT_REFUSED, console, errors, fail, table
from services.cli.replaying import rebuild_all, verify_all
from services.cli.season.ledger import read_ledger
from services.cli.season.office import Refusal
from services.cli.season.play import Season
from services.cli.season.report import report
from services.cli.season.settle import NotSettled
from services.cli.stack import SERVICES, Stack
from services.finance.rules.money import yuan
from services.submission.calls import CAST_2021, load

ACTS = {
    "published": "call published, budget approved, facts on record",
    "applied": "140 fictional societies applied",
    "screened": "window closed, papers checked, questions answered",
    "ranked": "panels assigned by proof, sheets in, ranking sealed",
    "awarded": "public notice over, awards decided",
    "paid": "agreements signed, first instalment paid, two returned and paid again",
    "letters": "second instalment paid, books reconciled, letters sent",
}


def season(
    seed: Annotated[
        int, typer.Option(help="The same seed gives the same report but for times.")
    ] = 1,
    state: Folder = STATE,
    leave_up: Annotated[
        bool, typer.Option("--leave-up", help="Leave the services running afterwards.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--json", help="Write the report here, too.")] = None,
) -> None:
    """Play a whole season on a real Kafka and a real PostgreSQL, and prove the books."""
    began = time.monotonic()
    stack = stack_at(state)
    _fresh(stack)
    found, _ = screening.screened(
        screening.DATA / "registry-facts.csv", screening.DATA / "cast-societies.csv", CAST_2021
    )
    screening.show(found, [])
    try:
        counted = _played(stack, seed)
    except (Refusal, NotSettled) as stopped:
        fail(f"The season stopped: {stopped}", "季演中断，原因见上。", EXIT_REFUSED)
    finally:
        if not leave_up:
            stack.down()
    counted |= {
        "screening": screening.summary(found),
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
    }
    for path in {state / "season.json", *([out] if out else [])}:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(counted, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _show(counted, stack if leave_up else None)
    if not proved(counted):
        raise typer.Exit(EXIT_REFUSED)


def _fresh(stack: Stack) -> None:
    """A season starts from nothing; it never wipes what is not a season's."""
    noted = stack.folder / "clock"
    if noted.exists() and noted.read_text().strip() != "header":
        fail(
            f"{stack.folder} holds a real installation; give the season a folder of its own: --state DIR.",
            f"{stack.folder} 中是正式数据，请用 --state 另指定目录。",
        )
    if stack.folder.exists():
        stack.down()
        stack.postgres.remove()
    for name in ("kafka", "mail", "ops", *SERVICES):
        shutil.rmtree(stack.folder / name, ignore_errors=True)


def _played(stack: Stack, seed: int) -> dict[str, Any]:
    with errors.status("starting") as spinner:
        stack.up(clock="header", say=lambda what: spinner.update(f"starting {what}"))

        def between(act: str) -> None:
            errors.print(f"  [green]✓[/green] {ACTS[act]}")
            spinner.update("playing")

        spinner.update("playing")
        call = load(CAST_2021)
        playing = Season(stack, call, seed, between)
        return asyncio.run(_proved(playing, call))


async def _proved(playing: Season, call: dict[str, Any]) -> dict[str, Any]:
    await playing.play()
    stack = playing.stack
    ledger = await read_ledger(stack.bootstrap)
    counted = await report(stack, ledger, call, playing.receipts)
    rebuilt = await rebuild_all(stack, SERVICES, swap=True)
    derived = await verify_all(stack, SERVICES)
    counted["proofs"] = {
        "rebuild": {
            name: {"tables": len(r["tables"]), "rows": r["rows"], "equal": r["equal"], "swapped": r["swapped"],
                   "hashes": {t: v["sha256"] for t, v in r["tables"].items()}}
            for name, r in rebuilt.items()
        },
        "rederived": {
            "decisions": sum(r["decisions"] for r in derived.values()),
            "equal": all(r["equal"] for r in derived.values()),
            "services": {name: r["decisions"] for name, r in derived.items()},
        },
    }  # fmt: skip
    return counted


def proved(counted: dict[str, Any]) -> bool:
    """Whether books and proofs hold."""
    proofs = counted["proofs"]
    return bool(
        counted["finance"]["reconciled"]
        and counted["finance"]["trial_balance_fen"] == 0
        and all(r["equal"] for r in proofs["rebuild"].values())
        and proofs["rederived"]["equal"]
    )


def _show(counted: dict[str, Any], stack: Stack | None) -> None:
    for part in ("applications", "eligibility", "documents", "review", "finance", "notices"):
        flat = {k: v for k, v in counted[part].items() if not isinstance(v, dict)}
        table(part, ("", ""), list(flat.items()))
        for name, codes in counted[part].items():
            if isinstance(codes, dict) and codes:
                console.print(
                    f"  {name}: " + ", ".join(f"{c} {n}" for c, n in codes.items()), style="dim"
                )
    won = counted["awards"]
    console.print(
        f"awards: {won['awarded']} of at most {won['cap_count']}, "
        f"{yuan(won['total_fen'])} of {yuan(won['cap_fen'])} yuan"
    )
    _show_proofs(counted)
    if stack is not None:
        console.print(
            "The services are up: `mingjing status` says where; `mingjing down` stops them."
        )


def _show_proofs(counted: dict[str, Any]) -> None:
    proofs = counted["proofs"]
    table(
        "Proof 1: each store, dropped and rebuilt from the log, equals the live one",
        ("service", "tables", "rows", "equal"),
        [
            (n, r["tables"], r["rows"], "✓" if r["equal"] else "✗ DIFFERENT")
            for n, r in proofs["rebuild"].items()
        ],
    )
    derived = proofs["rederived"]
    verdict = "✓ every one the same" if derived["equal"] else "✗ DIFFERENT"
    console.print(
        f"Proof 2: {derived['decisions']} decisions derived again from their own events: {verdict}"
    )
    console.print(
        f"{counted['seconds']} s, seed {counted['seed']}; the report is in season.json", style="dim"
    )
