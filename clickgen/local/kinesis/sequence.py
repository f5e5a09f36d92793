"""Sequence numbers: long decimal numbers that rise with every record of a shard, and from parents to children.

They are laid out like those of the service, from the top: version 2, the shard's creation in seconds, four bits of
the shard's number, the record's number in the shard, its arrival in seconds, the shard's number, version 2.
"""

_VERSION = 2
_CREATED, _LOW_SHARD, _NUMBER, _ARRIVED, _SHARD = 148, 144, 80, 36, 4
_NUMBER_MASK = 2**64 - 1

NEXT_RECORD = 1 << _NUMBER
"""What a sequence number grows by from one record of a put to the next."""


def sequence_number(shard: int, created: int, number: int, arrived: int) -> int:
    """The sequence number of a record; times are in whole seconds."""
    return (
        _VERSION << 184
        | created << _CREATED
        | (shard & 15) << _LOW_SHARD
        | number << _NUMBER
        | arrived << _ARRIVED
        | shard << _SHARD
        | _VERSION
    )


def record_number(sequence: str, shard: int, created: int) -> int | None:
    """The number in its shard of the record with that sequence number; None if it is not one of the shard's."""
    if not sequence.isascii() or not sequence.isdecimal() or len(sequence) > 60:
        return None
    value = int(sequence)
    number = (value >> _NUMBER) & _NUMBER_MASK
    arrived = (value >> _ARRIVED) & (2**36 - 1)
    return number if sequence_number(shard, created, number, arrived) == value else None
