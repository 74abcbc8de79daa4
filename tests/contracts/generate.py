"""Writes what is generated from the contracts: `make contracts`; and releases them: `--release`."""

import argparse
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from contracts.asyncapi import asyncapi
from contracts.generate import catalogue, json_text, schemas, topics
from tests.contracts.released import (
    EXAMPLES,
    MANIFESTS,
    SCHEMAS,
    broken_promises,
    files,
    manifest,
    tampered,
)
from tests.contracts.released import release as keep

ROOT = Path(__file__).parents[2]
TOPICS_HEAD = """\
# Generated from the contracts by `make contracts`: one topic per publishing service. Partitions
# are part of the contract (key → partition, order of a replay) and never change; nothing expires.
"""
ASYNCAPI_HEAD = "# Generated from the contracts and the services by `make contracts`.\n"


class _Plain(yaml.SafeDumper):
    """YAML without anchors: a reader should not have to follow them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def yaml_text(document: Any) -> str:
    """A YAML document as it is committed."""
    return yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100)


def services() -> dict[str, Any]:
    """The definition of every service, by name; one that is being built is left out, and said."""
    found = {}
    for path in sorted((ROOT / "services").glob("*/main.py")):
        name = path.parent.name
        try:
            service = getattr(import_module(f"services.{name}.main"), "SERVICE", None)
        except ImportError as missing:
            print(f"{name} is left out: {missing}", file=sys.stderr)
            continue
        if service is not None:
            found[name] = service
    return found


def reads() -> dict[str, frozenset[str]]:
    """Per service, the foreign events it folds or reacts to, as its own definition says."""
    return {
        name: frozenset(
            one
            for one in (*service.fold_of, *service.reactions_to)
            if not one.startswith(f"{name}.")
        )
        for name, service in services().items()
    }


def generated() -> dict[Path, str]:
    """Every generated file and its text."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return {
        **{SCHEMAS / place: json_text(schema) for place, schema in schemas().items()},
        ROOT / "contracts/asyncapi.yaml": ASYNCAPI_HEAD + yaml_text(asyncapi(version, reads())),
        ROOT / "contracts/CATALOGUE.md": catalogue(),
        ROOT / "deploy/topics.yaml": TOPICS_HEAD + yaml_text(topics()),
    }


def write() -> None:
    """Bring every generated file up to date, and remove schemas of events that are no more."""
    wanted = generated()
    for path in files(SCHEMAS).values():
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def refusals() -> list[str]:
    """Why the contracts cannot be released as they are."""
    changed = [
        line
        for folder, path in MANIFESTS.items()
        if path.exists()
        for line in tampered(folder, manifest(folder))
    ]
    lacking = [
        f"{one} has no example: write contracts/examples/{one}, one real message of a made-up case"
        for one in schemas()
        if one not in files(EXAMPLES)
    ]
    return changed + lacking + [str(breach) for breach in broken_promises()]


def main() -> int:
    """Write; and release when asked, unless that would break what was released before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--release", action="store_true", help="keep new shapes and examples for good"
    )
    release = parser.parse_args().release
    write()
    if not release:
        return 0
    if refused := refusals():
        print("\n".join(refused), file=sys.stderr)
        return 1
    print("\n".join(f"released {place}" for place in keep()) or "nothing new to release")
    return 0


if __name__ == "__main__":
    sys.exit(main())
