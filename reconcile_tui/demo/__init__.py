"""The embedded default: a demo shop, an incident in it, and a simulated PSP on loopback.

Nothing here is loaded unless the program is asked for its demo; the core never imports it.
"""
