"""What no import rule can see, found in syntax trees: each guard lists where it is broken."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
ROOT = Path(__file__).parents[2]
SERVICES = ("submission", "eligibility", "document", "review", "notification", "finance")
LINES_MAX = 300
FUNCTION_LINES_MAX = 70

REQUIRED = {
    "__init__",
    "main",
    "settings",
    "rules",
    "store",
    "folds",
    "commands",
    "handlers",
    "api",
}
OPTIONAL = {"jobs", "clients", "pages", "migrations"}

CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip
STOPWATCHES = {("time", "monotonic"), ("time", "monotonic_ns"), ("time", "perf_counter")}
"""They measure the chassis's own work; what they say cannot become part of an event."""
CHANCE = {"random", "secrets", "uuid1", "uuid4", "urandom", "SystemRandom"}
GRANTS = ("award", "applicant", "application", "call_id", "grant", "reviewer", "budget", "eligib")
"""Words of the domain: the chassis knows messages, rows and transactions, and none of these."""
OTHERWISE = re.compile(r"application_name|application/\w+")
"""PostgreSQL's word for who is connected, and media types."""


def modules(*folders: str, root: Path = ROOT) -> Iterator[Path]:
    """Every module below some folders of the project."""
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def pure(root: Path = ROOT) -> Iterator[Path]:
    """The modules of the services themselves and of the contracts."""
    yield from modules("contracts", *(f"services/{name}" for name in (*SERVICES, "ops")), root=root)


def called(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call with what it is called on and by which name, as far as that is written out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node, ast.unparse(node.func.value).rpartition(".")[2], node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node, "", node.func.id


def subscribes_or_commits(tree: ast.AST) -> list[str]:
    """Law 2: only the chassis reads the broker or ends a transaction."""
    return [
        f"line {node.lineno}: .{name}("
        for node, on, name in called(tree)
        if on and name in ("subscriber", "publisher", "commit", "rollback")
    ]


def takes_time(tree: ast.AST) -> list[str]:
    """Outside the chassis nobody measures time, either."""
    return [
        f"line {node.lineno}: {on}.{name}("
        for node, on, name in called(tree)
        if (on, name) in STOPWATCHES
    ]


def reads_the_clock(tree: ast.AST) -> list[str]:
    """Laws 2 and 7: time comes from the cause."""
    found = [
        f"line {node.lineno}: {on}.{name}("
        for node, on, name in called(tree)
        if (on, name) in CLOCKS
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [f"line {node.lineno}: from time import {alias.name}" for alias in node.names]
    return found


def draws_lots(tree: ast.AST) -> list[str]:
    """Laws 2 and 7: ids come from causes, and nothing from chance."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
            found += [f"line {node.lineno}: import {name}" for name in sorted(names & CHANCE)]
        elif isinstance(node, ast.Attribute) and node.attr in CHANCE:
            found.append(f"line {node.lineno}: .{node.attr}")
    return found


def is_inexact(tree: ast.AST) -> list[str]:
    """Money and scores are exact: no binary fraction, and rounding only by a named rule."""
    found = [
        f"line {node.lineno}: {name}("
        for node, on, name in called(tree)
        if not on and name in ("float", "round")
    ]
    return found + [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]


def too_long(path: Path) -> list[str]:
    """The size at which a file becomes a package, and a function several."""
    text = path.read_text()
    lines = text.count("\n")
    found = [f"{lines} lines"] if lines > LINES_MAX else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                found.append(f"line {node.lineno}: {node.name} has {length} lines")
    return found


def says_nothing_of_itself(path: Path) -> list[str]:
    """Every module opens with a sentence."""
    return [] if ast.get_docstring(ast.parse(path.read_text())) else ["no docstring"]


def names_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name a module makes or uses, and every text in it that is not documentation."""
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for field in ("id", "attr", "name", "arg", "module"):
            if isinstance(name := getattr(node, field, None), str):
                yield line, name
        text = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in documentation:
            yield line, text


def speaks_of_grants(tree: ast.AST) -> list[str]:
    """The chassis would serve any other domain as well."""
    return [
        f"line {line}: {name}"
        for line, name in names_of(tree)
        if any(word in OTHERWISE.sub("", name.lower()) for word in GRANTS)
    ]


def misplaced(service: Path) -> list[str]:
    """The files of a service have the same names everywhere."""
    there = {path.stem for path in service.glob("*.py")}
    there |= {path.name for path in service.iterdir() if len([*path.glob("*.py")]) > 1}
    found = [f"{name} is missing" for name in sorted(REQUIRED - there)]
    return found + [f"{name} is no name for a file" for name in sorted(there - REQUIRED - OPTIONAL)]


def ungated(tree: ast.AST) -> list[str]:
    """Every route passes the gate: it names who may, or says that anyone may, and does so once.

    It may do so through a function of its own module that it hands its gate to.
    """
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    found = []
    for node in functions.values():
        gates = gates_of(node)
        if is_route(node) and len(gates) != 1:
            handed = [functions[name] for name in hands_its_gate_to(node) if name in functions]
            if gates or not any(gates_of(other) for other in handed):
                found.append(f"line {node.lineno}: {node.name} calls {gates or 'no gate'}")
    return found


def gates_of(node: ast.AST) -> list[str]:
    """Which gates a function calls itself."""
    gates = ("ask", "ask_public", "allow", "public")
    return [name for _, on, name in called(node) if on == "gate" and name in gates]


def hands_its_gate_to(node: ast.AST) -> list[str]:
    """The functions that get the gate as an argument."""
    return [
        name
        for call, on, name in called(node)
        if not on and any(isinstance(one, ast.Name) and one.id == "gate" for one in call.args)
    ]


def is_route(node: Function) -> bool:
    """Whether a function is registered with a router."""
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in ("get", "post", "put", "patch", "delete", "route", "api_route")
        for one in node.decorator_list
    )
