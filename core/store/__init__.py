"""The store: the shop's tables through one mapping, and the tool's own tables beside them."""
