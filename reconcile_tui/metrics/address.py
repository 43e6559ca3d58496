"""The error of an address that metrics cannot be served at."""


class MetricsAddressRefused(Exception):
    """Nobody can listen there: another process does, or this machine has no such address."""

    def __init__(self, address: str, *, in_use: bool) -> None:
        super().__init__(f"{address} is in use" if in_use else f"{address} cannot be listened at")
        self.address = address
        self.in_use = in_use
