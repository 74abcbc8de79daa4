"""Document decides whether an application's papers are in, complete and in time."""
