"""Glue as a service of the endpoint."""

from pathlib import Path

from clickgen.local.glue.catalogue_actions import CatalogueActions, ResourceTags
from clickgen.local.glue.crawlers import Crawlers
from clickgen.local.glue.metastore import GlueMetastore, open_documents
from clickgen.local.glue.partition_actions import PartitionActions
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.service import JsonService, StationReport


class Glue(JsonService):
    """The catalogue and the crawlers of one lake behind the endpoint."""

    def __init__(self, lake: Path, state: Path, board: FaultBoard) -> None:
        self._documents = open_documents(state)
        self.metastore = GlueMetastore(self._documents)
        tags = ResourceTags(self._documents)
        faults = ServiceFaults(board, "crawler")
        self._crawlers = Crawlers(lake, state, self._documents, tags, faults)
        catalogue, partitions = CatalogueActions(self.metastore, tags), PartitionActions(self.metastore)
        actions = catalogue.actions() | partitions.actions() | tags.actions() | self._crawlers.actions()
        super().__init__("glue", "AWSGlue", actions)

    def reports(self) -> list[StationReport]:
        """What each crawler has done."""
        return self._crawlers.reports()

    async def close(self) -> int:
        """End the crawls that are under way; nothing is buffered."""
        await self._crawlers.close()
        self._documents.close()
        return 0
