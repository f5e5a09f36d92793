"""Glue as a service of the endpoint."""

from pathlib import Path

from clickgen.local.glue.catalogue_actions import CatalogueActions, ResourceTags
from clickgen.local.glue.metastore import GlueMetastore
from clickgen.local.glue.partition_actions import PartitionActions
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.service import JsonService

_CATALOGUE = "catalogue.db"


def open_metastore(state: Path) -> GlueMetastore:
    """The catalogue kept in a folder of state, for whoever needs no more of Glue."""
    return GlueMetastore(Documents(state / _CATALOGUE))


class Glue(JsonService):
    """The catalogue of one lake behind the endpoint."""

    def __init__(self, state: Path) -> None:
        self._documents = Documents(state / _CATALOGUE)
        self.metastore = GlueMetastore(self._documents)
        tags = ResourceTags(self._documents)
        catalogue, partitions = CatalogueActions(self.metastore, tags), PartitionActions(self.metastore)
        super().__init__("glue", "AWSGlue", catalogue.actions() | partitions.actions() | tags.actions())

    async def close(self) -> int:
        """Let go of the file; nothing is buffered."""
        self._documents.close()
        return 0
