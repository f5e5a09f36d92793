"""Athena's engine over a lake, for the processes that carry out queries and for `clickgen local query`."""

import sys
from pathlib import Path

from clickgen.local.athena.engine import Engine
from clickgen.local.athena.worker import work
from clickgen.local.glue.service import open_metastore
from clickgen.local.platform.lake import Lake


def open_engine(folder: Path) -> Engine:
    """The engine of a lake, whether a server holds it or not: the catalogue may be shared. LocalProblem."""
    lake = Lake(folder.absolute())
    return Engine(lake.root, lake.state("athena"), open_metastore(lake.state("glue")))


if __name__ == "__main__":
    work(open_engine(Path(sys.argv[1])))
