"""Triage, the first screen: the lists, and the row under the cursor side by side with the PSP's truth."""
