"""Tags, time to live and backups of tables: accepted, remembered and reported; no item ends by its time."""

from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.limits import MAX_TAGS
from clickgen.local.dynamodb.shapes import BackupsRequest, OfTable, ResourceRequest, TimeToLiveRequest
from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import parse


class Settings:
    """What is only reported of one lake's tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def tag(self, call: Call) -> Answer:
        """TagResource."""
        request = parse(ResourceRequest, call.body)
        table = self._tables.find(request.ResourceArn)
        tags = table.state.tags | {tag.Key: tag.Value for tag in request.Tags}
        if len(tags) > MAX_TAGS:
            raise refused(f"One or more parameter values were invalid: Too many tags; at most {MAX_TAGS}")
        table.state.tags = tags
        self._tables.save(table)
        return {}

    def untag(self, call: Call) -> Answer:
        """UntagResource."""
        request = parse(ResourceRequest, call.body)
        table = self._tables.find(request.ResourceArn)
        table.state.tags = {key: value for key, value in table.state.tags.items() if key not in request.TagKeys}
        self._tables.save(table)
        return {}

    def tags(self, call: Call) -> Answer:
        """ListTagsOfResource."""
        tags = self._tables.find(parse(ResourceRequest, call.body).ResourceArn).state.tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def set_time_to_live(self, call: Call) -> Answer:
        """UpdateTimeToLive."""
        request = parse(TimeToLiveRequest, call.body)
        table = self._tables.find(request.TableName)
        wanted = request.TimeToLiveSpecification.model_dump()
        if wanted["Enabled"] == self._time_to_live(table).get("Enabled", False):
            raise refused(f"TimeToLive is already {'enabled' if wanted['Enabled'] else 'disabled'}")
        table.state.settings["TimeToLive"] = wanted
        self._tables.save(table)
        return {"TimeToLiveSpecification": wanted}

    def time_to_live(self, call: Call) -> Answer:
        """DescribeTimeToLive."""
        kept = self._time_to_live(self._tables.find(parse(OfTable, call.body).TableName))
        if not kept.get("Enabled"):
            return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": kept["AttributeName"]}}

    def set_backups(self, call: Call) -> Answer:
        """UpdateContinuousBackups."""
        request = parse(BackupsRequest, call.body)
        table = self._tables.find(request.TableName)
        table.state.settings["Recovery"] = request.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled
        self._tables.save(table)
        return _backups(table)

    def backups(self, call: Call) -> Answer:
        """DescribeContinuousBackups."""
        return _backups(self._tables.find(parse(OfTable, call.body).TableName))

    @staticmethod
    def _time_to_live(table: Table) -> dict[str, object]:
        return dict(table.state.settings.get("TimeToLive", {}))


def _backups(table: Table) -> Answer:
    status = "ENABLED" if table.state.settings.get("Recovery") else "DISABLED"
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status},
        }
    }
