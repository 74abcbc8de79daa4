"""What Mingjing stands on while it runs on one machine: a broker, a database, free ports."""
