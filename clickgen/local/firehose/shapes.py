"""The types of members that requests of Firehose share, with the constraints of its API model (botocore)."""

from typing import Annotated, Literal

from pydantic import Field

StreamName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_.-]+\z")]
StreamType = Literal["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"]
RoleArn = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^arn:.*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@\-_/]+\z")
]
Words = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^\s*\S")]
"""`NonEmptyString` of the model."""
Word = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^\S+\z")]
"""`NonEmptyStringWithoutWhitespace` of the model."""
