"""The `mingjing` command: starts, stops, watches and shows the system."""
