"""Help: the keys as the bindings themselves have them."""
