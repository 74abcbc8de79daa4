"""Three Kafka nodes on one machine: whatever one of them does, what was acknowledged is on another."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from deploy.kafka.broker import Kafka
from deploy.kafka.settings import server_properties
from deploy.ports import kept_port

SIZE = 3


class Node(Kafka):
    """One of several brokers; it knows the controllers of all."""

    copies = SIZE
    heap_megabytes = 400
    quorum = ()  # the settings name the voters
    node_id = 1
    controllers: tuple[int, ...] = ()

    def _configure(self) -> None:
        port = kept_port(self._port_note, self._wanted_port)
        data = self.folder / "data"
        self._settings.write_text(server_properties(self.node_id, port, self.controllers, data))

    def _cluster_id(self) -> str:
        return "MingjingLogOfRecord00A"  # the same for all who meet


class Cluster:
    """Three brokers, with the surface of one: what is done to it is done to all of them."""

    copies = SIZE

    def __init__(self, folder: Path, make: Callable[[Path], Node] = Node) -> None:
        self.folder = folder
        self.nodes = [make(folder / f"node-{number}") for number in range(1, SIZE + 1)]
        for number, node in enumerate(self.nodes, start=1):
            node.node_id = number

    # ------------------------------------------------------------ life

    def start(self, *, detached: bool = False) -> str:
        """Start the nodes that are not running, wait until each answers, and return their addresses.

        Raises:
            Missing: as for one broker.
        """
        controllers = tuple(self._controller_port(node) for node in self.nodes)
        for node in self.nodes:
            node.controllers = controllers
            node.launch(detached=detached)
        for node in self.nodes:
            node.wait_until_ready()
        return self.bootstrap

    def _controller_port(self, node: Node) -> int:
        """Noted once: the others were told of it, so it never changes."""
        node.folder.mkdir(parents=True, exist_ok=True)
        note = node.folder / "controller-port"
        return int(note.read_text()) if note.exists() else kept_port(note)

    def stop(self) -> None:
        """Stop every node cleanly, all at once: the last of three finds no quorum to say goodbye to."""
        for node in self.nodes:
            node.ask_to_stop()
        for node in self.nodes:
            node.stop()

    def kill(self) -> None:
        """End every node at once."""
        for node in self.nodes:
            node.kill()

    def pause(self) -> None:
        """Freeze every node."""
        for node in self.nodes:
            node.pause()

    def resume(self) -> None:
        """Let paused nodes go on."""
        for node in self.nodes:
            node.resume()

    @property
    def pid(self) -> int | None:
        """The process id of a node that runs, or None when none does."""
        return next((node.pid for node in self.nodes if node.pid), None)

    @property
    def bootstrap(self) -> str:
        """The addresses clients are given."""
        return ",".join(node.bootstrap for node in self.nodes)

    # ------------------------------------------------------------ who is who

    def node(self, node_id: int) -> Node:
        """The node with this id."""
        return self.nodes[node_id - 1]

    @property
    def controller(self) -> Node:
        """The active controller, as the nodes last wrote it down for their own next start."""
        return self.node(max(filter(None, map(_vote, self.nodes)))[1])


def _vote(node: Node) -> tuple[int, int] | None:
    """Epoch and leader of the quorum a node last knew; None where it knew of none."""
    with suppress(OSError, ValueError, KeyError):
        said = json.loads((node.folder / "data/__cluster_metadata-0/quorum-state").read_text())
        if said["leaderId"] > 0:
            return said["leaderEpoch"], said["leaderId"]
    return None
