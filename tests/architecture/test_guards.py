"""Each guard finds nothing in the project, and finds what is planted before it."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.architecture import guards
from tests.architecture.guards import ROOT, SERVICES, modules, pure

TreeGuard = Callable[[ast.AST], list[str]]
PathGuard = Callable[[Path], list[str]]

EXACT = ("services/finance/rules", "services/review/rules")
PLANTED: list[tuple[TreeGuard, str]] = [
    (guards.subscribes_or_commits, "@broker.subscriber('t')\nasync def f(): ..."),
    (guards.subscribes_or_commits, "x = broker.subscriber('t')"),
    (guards.subscribes_or_commits, "await session.commit()"),
    (guards.subscribes_or_commits, "self.session.rollback()"),
    (guards.reads_the_clock, "datetime.now(UTC)"),
    (guards.reads_the_clock, "datetime.datetime.utcnow()"),
    (guards.reads_the_clock, "date.today()"),
    (guards.reads_the_clock, "time.time()"),
    (guards.takes_time, "x = time.monotonic() + 1"),
    (guards.reads_the_clock, "from time import time"),
    (guards.draws_lots, "import random"),
    (guards.draws_lots, "from random import Random"),
    (guards.draws_lots, "from uuid import uuid4"),
    (guards.draws_lots, "import secrets"),
    (guards.draws_lots, "uuid.uuid4()"),
    (guards.draws_lots, "os.urandom(8)"),
    (guards.is_inexact, "float(amount)"),
    (guards.is_inexact, "round(score, 2)"),
    (guards.is_inexact, "share = 0.1"),
    (guards.speaks_of_grants, "def f(applicant_id): ..."),
    (guards.speaks_of_grants, "x.call_id"),
    (guards.speaks_of_grants, "class AwardDecided: ..."),
    (guards.speaks_of_grants, "f('no such reviewer')"),
    (guards.ungated, "@router.get('/')\nasync def f(gate): return 1"),
    (guards.ungated, "@router.post('/')\ndef f(gate):\n  gate.allow('x')\n  gate.ask(c)"),
    (guards.ungated, "@router.delete('/')\nasync def f(): return other.allow()"),
    (guards.ungated, "@router.put('/')\ndef f(gate): g(gate)\ndef g(gate): ..."),
]
INNOCENT: list[tuple[TreeGuard, str]] = [
    (guards.subscribes_or_commits, "commit(x)"),
    (guards.reads_the_clock, "self.clock.now()\nloop.time()\ntime.sleep(1)"),
    (guards.draws_lots, "import uuid\nuuid.uuid5(a, b)"),
    (guards.is_inexact, "x = 1\nquantize(x)\nx.round()"),
    (
        guards.speaks_of_grants,
        '"""Of awards."""\nf(application_name="x", media="application/json")',
    ),
    (guards.ungated, "@router.get('/')\nasync def f(gate): gate.public()\ndef g(): ..."),
    (guards.ungated, "@router.put('/')\ndef f(gate): g(gate)\ndef g(gate): gate.allow('x')"),
]


def broken(paths: Iterable[Path], guard: TreeGuard) -> list[str]:
    """Where a guard finds something, as `path: what`."""
    return [
        f"{path.relative_to(ROOT)}: {what}"
        for path in paths
        for what in guard(ast.parse(path.read_text()))
    ]


@pytest.mark.parametrize(("guard", "planted"), PLANTED)
def test_a_guard_finds_what_is_planted(guard: TreeGuard, planted: str) -> None:
    """A guard that finds nothing proves nothing."""
    assert guard(ast.parse(planted))


@pytest.mark.parametrize(("guard", "innocent"), INNOCENT)
def test_a_guard_lets_innocent_code_pass(guard: TreeGuard, innocent: str) -> None:
    """A guard that finds everything proves nothing, either."""
    assert guard(ast.parse(innocent)) == []


def test_only_the_chassis_reads_the_broker_and_commits() -> None:
    """Law 2: one batch or one request is one transaction, and nobody else ends it."""
    assert broken(pure(), guards.subscribes_or_commits) == []


def test_nobody_reads_the_clock_but_the_clock() -> None:
    """Laws 2 and 7: a replay on another day decides the same.

    The observer publishes nothing; how old something is, it may find out in one place.
    """
    chassis = [p for p in modules("services/chassis") if p.name != "clock.py"]
    others = [p for p in pure() if p != ROOT / "services/ops/lag.py"]
    assert broken([*others, *chassis], guards.reads_the_clock) == []
    assert broken(others, guards.takes_time) == []


def test_nobody_draws_lots() -> None:
    """Laws 2 and 7: but for ids of causes that have none, and the seed of a simulation."""
    allowed = {"ids.py", "simulation.py"}
    chassis = (p for p in modules("services/chassis") if p.name not in allowed)
    assert broken([*pure(), *chassis], guards.draws_lots) == []


def test_money_and_scores_are_exact() -> None:
    """Law 11: integers, Fraction and Decimal; a share of a fen goes where a rule says."""
    found = list(modules(*EXACT))
    assert found
    assert broken(found, guards.is_inexact) == []


def test_the_chassis_knows_nothing_of_grants() -> None:
    """But for the roles a token may hold."""
    roles = {"applicant", "reviewer"}
    found = broken(modules("services/chassis"), guards.speaks_of_grants)
    assert [one for one in found if one.rpartition(": ")[2] not in roles] == []
    assert {one.partition(":")[0] for one in found} <= {
        "services/chassis/auth.py", "services/chassis/gate.py",
    }  # fmt: skip


def test_every_route_passes_the_gate_once() -> None:
    """Deny by default: nobody forgets, and nobody is asked for two things.

    A service's health and its own description are for everybody.
    """
    exempt = {"service.py", "docs_page.py"}
    found = [p for p in modules("services") if p.name not in exempt and "/cli/" not in str(p)]
    routes = [
        node.name
        for path in found
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, guards.Function) and guards.is_route(node)
    ]
    assert len(routes) > 40
    assert broken(found, guards.ungated) == []


def broken_files(guard: PathGuard, *folders: str) -> list[str]:
    """Where a guard of whole files finds something."""
    return [f"{p.relative_to(ROOT)}: {what}" for p in modules(*folders) for what in guard(p)]


def test_files_and_functions_are_short() -> None:
    """At the limit, split by noun. A migration is written by a program, and read once."""
    found = broken_files(guards.too_long, "contracts", "services", "deploy", "tests")
    assert [one for one in found if "/migrations/" not in one] == []


def test_every_module_says_what_it_is() -> None:
    """One sentence, at the top. A migration's name is its sentence."""
    found = broken_files(guards.says_nothing_of_itself, "contracts", "services", "deploy", "tests")
    assert [one for one in found if "/migrations/" not in one] == []


def test_length_and_docstring_are_noticed(tmp_path: Path) -> None:
    """One line more than allowed, and one module without a word."""
    path = tmp_path / "module.py"
    path.write_text("x = 1\n" * 300)
    assert guards.too_long(path) == []
    path.write_text("x = 1\n" * 301)
    assert guards.too_long(path) == ["301 lines"]
    path.write_text("def f():\n" + "    x = 1\n" * 69)
    assert guards.too_long(path) == []
    path.write_text("def f():\n" + "    x = 1\n" * 70)
    assert guards.too_long(path) == ["line 1: f has 71 lines"]
    assert guards.says_nothing_of_itself(path) == ["no docstring"]


def test_the_files_of_a_service_have_the_same_names_everywhere() -> None:
    """Who knows one service finds his way in every other."""
    found = {name: guards.misplaced(ROOT / "services" / name) for name in SERVICES}
    assert found == {name: [] for name in SERVICES}


def test_a_file_out_of_place_is_noticed(tmp_path: Path) -> None:
    """One that is missing, and one that nobody would look for."""
    for name in guards.REQUIRED - {"folds"}:
        (tmp_path / f"{name}.py").touch()
    (tmp_path / "helpers.py").touch()
    (tmp_path / "data").mkdir()
    assert guards.misplaced(tmp_path) == ["folds is missing", "helpers is no name for a file"]
