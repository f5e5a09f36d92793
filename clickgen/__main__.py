"""`python -m clickgen`: the same as the `clickgen` command."""

from clickgen.cli.main import main

if __name__ == "__main__":
    main()
