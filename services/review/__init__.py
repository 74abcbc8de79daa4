"""Review decides who judges what, in which order applications stand, and which are awarded."""
