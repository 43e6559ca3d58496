"""The rehearsal around the demo: a card before it, a score after it. Never there outside the demo."""
