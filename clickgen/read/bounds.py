"""How much compressed bytes may turn into, so that a few of them cannot keep a reader busy for ever."""

from collections.abc import Callable, Iterable, Iterator

from clickgen.read.pieces import BadKind, Fault

# Events compress to a thirtieth at best, since ids and times differ. One byte repeated does so to a thousandth by
# deflate, to a millionth by bzip2. What is not large may be anything: reading it takes no time.
MAX_RATIO = 200
ALWAYS_READ_BYTES = 32 << 20
# What a zip can name without the extension for large ones (APPNOTE.TXT 6.3.10, section 4.4.22).
MAX_MEMBERS = 65_535

Reader = Callable[[Iterable[bytes]], Iterator[bytes | Fault]]


def bounded(reader: Reader, blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """What the reader makes of the blocks, up to MAX_RATIO times their size; then a Fault is the last."""
    stored = given = 0

    def counted() -> Iterator[bytes]:
        nonlocal stored
        for block in blocks:
            stored += len(block)
            yield block

    for chunk in reader(counted()):
        yield chunk
        if isinstance(chunk, bytes):
            given += len(chunk)
            if given > max(ALWAYS_READ_BYTES, MAX_RATIO * stored):
                yield unread(f"its first {stored:,} bytes expand to more than {MAX_RATIO} times as many")
                return


def unread(why: str) -> Fault:
    """The Fault that stands for all that follows, which is not read; it may hold anything."""
    return Fault(BadKind.GARBAGE, f"{why}: not read on", rest_unread=True)
