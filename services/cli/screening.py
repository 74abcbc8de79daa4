"""`mingjing screen`: the four exclusions on any file of societies and facts, with reasons and sources."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.life import Json
from services.cli.output import EXIT_REFUSED, EXIT_USAGE, console, errors, fail, say_json, table
from services.eligibility import rules
from services.submission.calls import CAST_2021, load
from services.submission.rules.call.problems import CallInvalid

DATA = Path(__file__).parents[1] / "eligibility" / "data"


def screen(
    facts: Annotated[Path, typer.Option(help="A CSV of dated, sourced facts.")] = DATA
    / "registry-facts.csv",
    societies: Annotated[Path, typer.Option(help="A CSV of societies.")] = DATA
    / "cast-societies.csv",
    call: Annotated[Path, typer.Option(help="The call file whose rule pack applies.")] = CAST_2021,
    as_json: Json = False,
) -> None:
    """Screen every society against the call's exclusions; say who is barred, who is undetermined, and why."""
    found, problems = screened(facts, societies, call)
    if as_json:
        say_json(
            {
                "summary": summary(found),
                "problems": problems,
                "screened": [rules.screened_to_json(s) for s in found],
            }
        )
    else:
        show(found, problems)
    if problems:
        raise typer.Exit(EXIT_REFUSED)


def screened(
    facts: Path, societies: Path, call: Path
) -> tuple[tuple[rules.Screened, ...], list[dict[str, Any]]]:
    """Read the files and screen; problems of single rows come back, the other rows are screened.

    Raises:
        typer.Exit: a file cannot be read at all.
    """
    document = _call(call)
    closes = datetime.fromisoformat(document["window"]["closes_before"])
    rows, first = rules.rows_from_csv(_bytes(societies), societies.name, rules.SOCIETY_COLUMNS)
    members, second = rules.societies_from_rows(rows, societies.name)
    fact_rows, third = rules.rows_from_csv(_bytes(facts), facts.name, rules.FACT_COLUMNS)
    held, fourth = rules.facts_from_rows(fact_rows, members, closes, facts.name)
    found = rules.screen(
        members, held, rules.criteria_from_pack(document["rule_pack"]),
        rules.CallDates(date.fromisoformat(document["published_on"]), closes), closes,
    )  # fmt: skip
    return found, [_plain(p) for p in (*first, *second, *third, *fourth)]


def summary(found: tuple[rules.Screened, ...]) -> dict[str, Any]:
    """How many came out how, and who is not simply eligible."""
    verdicts = [s.assessment.verdict.value for s in found]
    return {
        "screened": len(found),
        **{v: verdicts.count(v) for v in ("eligible", "barred", "undetermined")},
        "named": [
            {"code": s.society.code, "name_zh": s.society.name_zh, "verdict": s.assessment.verdict.value,
             "rules": list(s.assessment.failed_rules or s.assessment.open_rules)}
            for s in found if s.assessment.verdict is not rules.Verdict.ELIGIBLE
        ],
    }  # fmt: skip


def show(found: tuple[rules.Screened, ...], problems: list[dict[str, Any]]) -> None:
    """Print who is barred or undetermined, with rule, sentence and source, and the count."""
    for one in found:
        if one.assessment.verdict is rules.Verdict.ELIGIBLE:
            continue
        console.print(
            f"\n[bold]{one.society.name_zh}[/bold] {one.society.code}: {one.assessment.verdict.value}"
        )
        wanted = one.assessment.failed_rules or one.assessment.open_rules
        for finding in one.assessment.findings:
            if finding.rule in wanted:
                console.print(f"  {finding.clause} {finding.sentence.zh}", markup=False)
                console.print(f"     {finding.sentence.en}", markup=False)
                for source in sorted({s for step in finding.steps for s in step.sources}):
                    console.print(f"     {source}", style="dim", markup=False)
    counted = summary(found)
    table("Screening", ("screened", "eligible", "barred", "undetermined"),
          [[counted[k] for k in ("screened", "eligible", "barred", "undetermined")]])  # fmt: skip
    for problem in problems:
        errors.print(
            f"{problem['where']}: {problem['what']}. {problem['mend']}",
            style="red",
            markup=False,
            highlight=False,
        )


def _plain(problem: rules.RowProblem) -> dict[str, Any]:
    where = f"{problem.file}:{problem.line}" + (f" {problem.column}" if problem.column else "")
    return {
        "where": where, "code": problem.code, "what": problem.what.en, "what_zh": problem.what.zh,
        "mend": problem.mend.en, "mend_zh": problem.mend.zh,
    }  # fmt: skip


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}.", f"无法读取 {path}。", EXIT_USAGE)


def _call(path: Path) -> dict[str, Any]:
    try:
        return load(path)
    except CallInvalid as invalid:
        fail("\n".join(f"{p.where}: {p.what.en}" for p in invalid.problems), code=EXIT_USAGE)
