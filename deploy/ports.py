"""Free TCP ports on this machine, found by trying and then kept by the folder they serve."""

import secrets
import socket
from pathlib import Path

# Below the range from which Linux takes the ports of outgoing connections, so that a port we
# gave back for a moment (a broker restarting) is not taken by somebody's client meanwhile.
PORT_MIN = 15_000
PORT_MAX = 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody listens on; random, so that two clones starting together rarely meet."""
    while True:
        port = PORT_MIN + secrets.randbelow(PORT_MAX - PORT_MIN)
        if is_free(port):
            return port


def kept_port(note: Path, wanted: int | None = None) -> int:
    """The port noted in `note` if it is still free, else a new one, which is then noted.

    Clients were told the old address, so a restart should come back to it.
    """
    port = wanted or (int(note.read_text()) if note.exists() else 0)
    if not port or not is_free(port):
        port = free_port()
    note.write_text(f"{port}\n")
    return port
