"""How is mailproc run without its script? As `python -m mailproc`."""

from mailproc.cli import main

if __name__ == "__main__":
    main()
