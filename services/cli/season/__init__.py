"""A season of the 2021 call, played over HTTP on the real stack, and counted from what it left behind."""
