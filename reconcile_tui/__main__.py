"""`python -m reconcile_tui` and the script `reconcile-tui`."""

from reconcile_tui.cli.app import main

if __name__ == "__main__":
    main()
