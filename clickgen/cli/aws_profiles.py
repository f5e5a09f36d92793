"""The names of the AWS profiles on this machine, read as the AWS CLI reads them and without loading boto3."""

import os
from configparser import Error, RawConfigParser
from pathlib import Path

_CONFIG = ("AWS_CONFIG_FILE", "~/.aws/config")
_CREDENTIALS = ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
_MARK = "profile "  # before a name in the configuration, though not in the credentials


def aws_profile_names() -> list[str]:
    """The names in the configuration and in the credentials of AWS; none if they cannot be read."""
    configured = [section.removeprefix(_MARK).strip().strip("\"'") for section in _sections(*_CONFIG)]
    return [*configured, *_sections(*_CREDENTIALS)]


def _sections(variable: str, usual: str) -> list[str]:
    parser = RawConfigParser(strict=False)
    try:
        parser.read(Path(os.environ.get(variable) or usual).expanduser(), encoding="utf-8")
    except (Error, OSError, UnicodeDecodeError, RuntimeError):
        return []  # the AWS CLI says what is wrong with it
    return parser.sections()
