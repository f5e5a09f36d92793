"""Athena's engine over a lake, for the processes that carry out queries and for `clickgen local query`."""

import sys
from pathlib import Path

from clickgen.local.athena.engine import Engine
from clickgen.local.athena.worker import work
from clickgen.local.glue.metastore import GlueMetastore, open_documents
from clickgen.local.platform.lake import Lake


def open_engine(folder: Path) -> Engine:
    """The engine of a lake, whether a server holds it or not: the catalogue may be shared. LocalProblem."""
    lake = Lake(folder.absolute())
    return Engine(lake.root, lake.state("athena"), GlueMetastore(open_documents(lake.state("glue"))))


if __name__ == "__main__":
    work(open_engine(Path(sys.argv[1])))
