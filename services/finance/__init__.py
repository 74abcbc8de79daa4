"""Finance decides what may be spent, and proves where every fen went."""
