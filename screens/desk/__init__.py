"""The desk: everything that the screens ask of the program, as a handful of protocols and plain values.

`reconcile_tui.desk` stands behind it, over the core's one path. The modules here are light on purpose: what
the first paint needs must not load the database's or the PSP's client, so heavy types are named, not loaded.
"""
