"""Tags of streams: kept and listed, without any effect."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.requests import MAX_TAGS, ListTagsRequest, Tag, TagRequest, UntagRequest
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.service import Action, Answer, Call
from clickgen.local.platform.shapes import parse

TagValues = dict[str, str | None]


class StreamTags:
    """The actions on tags."""

    def __init__(self, pipeline: EmbeddedPipeline) -> None:
        self._pipeline = pipeline

    def actions(self) -> dict[str, Action]:
        """The actions by their names."""
        return {
            "TagDeliveryStream": self.tag,
            "UntagDeliveryStream": self.untag,
            "ListTagsForDeliveryStream": self.list,
        }

    def tag(self, call: Call) -> Answer:
        """TagDeliveryStream: a tag that is there gets the new value."""
        request = parse(TagRequest, call.body)
        stream = self._pipeline.settled(request.DeliveryStreamName)
        stream.change(tags=merged_tags(stream.state.tags, request.Tags))
        return {}

    def untag(self, call: Call) -> Answer:
        """UntagDeliveryStream: keys that are not there are ignored."""
        request = parse(UntagRequest, call.body)
        stream = self._pipeline.settled(request.DeliveryStreamName)
        gone = set(request.TagKeys)
        stream.change(tags={key: value for key, value in stream.state.tags.items() if key not in gone})
        return {}

    def list(self, call: Call) -> Answer:
        """ListTagsForDeliveryStream: by key, a page at a time."""
        request = parse(ListTagsRequest, call.body)
        tags = self._pipeline.find(request.DeliveryStreamName).state.tags
        keys = sorted(tags)
        start = bisect_right(keys, request.ExclusiveStartTagKey) if request.ExclusiveStartTagKey else 0
        page = keys[start : start + request.Limit]
        listed = [{"Key": key} if tags[key] is None else {"Key": key, "Value": tags[key]} for key in page]
        return {"Tags": listed, "HasMoreTags": start + len(page) < len(keys)}


def merged_tags(present: Mapping[str, str | None], added: Iterable[Tag]) -> TagValues:
    """The tags after some were added; LimitExceededException if they are too many."""
    tags = dict(present)
    for tag in added:
        if tag.Key.startswith("aws:"):
            raise invalid_argument(f"The tag key {tag.Key} starts with aws:, which is reserved.")
        tags[tag.Key] = tag.Value
    if len(tags) > MAX_TAGS:
        raise ServiceError("LimitExceededException", f"A Firehose stream has at most {MAX_TAGS} tags.")
    return tags
