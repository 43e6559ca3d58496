"""Ways of delivering an event to whatever owns the shop's state machine."""
