"""``python -m mlcalc``."""

from mlcalc.cli.main import main

if __name__ == "__main__":
    main()
