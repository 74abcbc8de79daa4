"""The bench: how fast the system is on this machine, beside the idiomatic way, in one run."""
