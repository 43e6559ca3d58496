"""The reconciler as a library: find stuck rows, read the PSP, decide, plan, apply, prove.

It knows no terminal, no command line and no process. A front hands it a store, a PSP reader,
a dispatcher, a clock and a policy (`reconcile_tui.core.reconciler.Reconciler`) and listens.
"""
