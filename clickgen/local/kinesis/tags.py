"""The tags of Kinesis streams, by the actions for streams and by those for any resource."""

from clickgen.local.kinesis.limits import MAX_TAGS
from clickgen.local.kinesis.shapes import AddTagsRequest, ListTagsRequest, RemoveTagsRequest, ResourceRequest
from clickgen.local.kinesis.stream import Stream
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import parse


class Tagging:
    """The tags of one lake's streams."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def add(self, call: Call) -> Answer:
        """AddTagsToStream."""
        self._add(self._streams.named(call.body), parse(AddTagsRequest, call.body).Tags)
        return {}

    def remove(self, call: Call) -> Answer:
        """RemoveTagsFromStream."""
        self._take(self._streams.named(call.body), parse(RemoveTagsRequest, call.body).TagKeys)
        return {}

    def list_page(self, call: Call) -> Answer:
        """ListTagsForStream: a page of tags by their keys."""
        request = parse(ListTagsRequest, call.body)
        tags = self._streams.named(call.body).state.tags
        after = request.ExclusiveStartTagKey or ""
        keys = sorted(key for key in tags if key > after)
        page = [{"Key": key, "Value": tags[key]} for key in keys[: request.Limit]]
        return {"Tags": page, "HasMoreTags": len(page) < len(keys)}

    def tag(self, call: Call) -> Answer:
        """TagResource."""
        request = parse(ResourceRequest, call.body)
        self._add(self._of_resource(request), request.Tags or {})
        return {}

    def untag(self, call: Call) -> Answer:
        """UntagResource."""
        request = parse(ResourceRequest, call.body)
        self._take(self._of_resource(request), request.TagKeys or [])
        return {}

    def list_of_resource(self, call: Call) -> Answer:
        """ListTagsForResource."""
        tags = self._of_resource(parse(ResourceRequest, call.body)).state.tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def _of_resource(self, request: ResourceRequest) -> Stream:
        return self._streams.named({"StreamARN": request.ResourceARN})

    def _add(self, stream: Stream, tags: dict[str, str]) -> None:
        merged = stream.state.tags | tags
        if len(merged) > MAX_TAGS:
            raise invalid_argument(f"A stream has at most {MAX_TAGS} tags; {stream.state.name} would have more.")
        stream.state.tags = merged
        self._streams.save(stream)

    def _take(self, stream: Stream, keys: list[str]) -> None:
        stream.state.tags = {key: value for key, value in stream.state.tags.items() if key not in keys}
        self._streams.save(stream)
