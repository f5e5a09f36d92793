"""boto3 clients as clickgen needs them, and the words for what keeps one from being made."""

import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from clickgen import __version__
from clickgen.model.destination import HttpRequest
from clickgen.model.errors import EnvironmentProblem, UsageProblem

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from botocore.credentials import Credentials
    from botocore.loaders import Loader
    from botocore.session import Session as BotocoreSession

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 30
_CHECKED_BEFORE = frozenset(["firehose", "kinesis", "dynamodb"])
_LOGIN_HINT = "configure credentials (aws configure, aws sso login) or name a profile with --aws-profile"
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws")


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a service, as far as it was named."""

    region: str | None = None
    aws_profile: str | None = None
    endpoint_url: str | None = None
    embedded: bool = False  # the pipeline on loopback, without an account
    http: HttpRequest | None = None  # how a collector is posted to, if it is one


class OnNetwork(Protocol):
    """A destination of any kind that a network leads to."""

    @property
    def region(self) -> str | None: ...
    @property
    def aws_profile(self) -> str | None: ...
    @property
    def endpoint_url(self) -> str | None: ...
    @property
    def embedded(self) -> bool: ...


def access_to(destination: OnNetwork) -> Access:
    """How to reach a destination, as its plan says."""
    return Access(
        destination.region, destination.aws_profile, destination.endpoint_url, embedded=destination.embedded
    )


def make_client(service: str, access: Access, *, connections: int = 10) -> Any:
    """A boto3 client whose own retries are off (`total_max_attempts=1`): every attempt belongs in the ledger.

    What its endpoint answers is read within bounds and checked; UnusableAnswer says what is wrong with it.

    The embedded pipeline's client ignores proxy settings and needs no credentials. Raises UsageProblem for
    an unknown profile or endpoint, EnvironmentProblem without a region.
    """
    from botocore.exceptions import BotoCoreError, NoRegionError, ProfileNotFound

    options: dict[str, Any] = {
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": READ_TIMEOUT_S,
        "max_pool_connections": connections,
        # botocore builds its own user agent anew for every call
        "user_agent": f"clickgen/{__version__} boto3/{version('boto3')}",
        # the limits are kept before a call is made; checking each record again costs much of the call
        "parameter_validation": service not in _CHECKED_BEFORE,
    }
    keys: dict[str, str] = {}
    if access.embedded:
        options["proxies"] = {"http": None, "https": None}
        keys = {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded", "region_name": "us-east-1"}
    if service == "s3" and access.endpoint_url:
        options["s3"] = {"addressing_style": "path"}
    try:
        named = {"region_name": access.region, "endpoint_url": access.endpoint_url, **keys}
        return _checked_client(service, access.aws_profile, config=_config(**options), **named)
    except ProfileNotFound as problem:
        raise _no_profile(access) from problem
    except NoRegionError as problem:
        raise EnvironmentProblem(
            "no AWS region is known", "name one with --region, or set AWS_DEFAULT_REGION"
        ) from problem
    except ValueError as problem:
        raise UsageProblem(
            f"the endpoint cannot be used: {problem}", "write it as http://HOST:PORT or https://HOST"
        ) from problem
    except BotoCoreError as problem:
        raise EnvironmentProblem(
            f"the AWS client cannot be made: {problem}", "check the AWS configuration"
        ) from problem


def credentials_of(access: Access) -> "tuple[Credentials, str | None]":
    """The credentials that a client would have, and the region that is configured beside them, or None.

    Raises UsageProblem for an unknown profile, EnvironmentProblem if there are no credentials.
    """
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    try:
        session = _session(access.aws_profile)
        credentials: Credentials | None = session.get_credentials()
    except ProfileNotFound as problem:
        raise _no_profile(access) from problem
    except BotoCoreError as problem:
        raise EnvironmentProblem(f"there are no AWS credentials to sign with: {problem}", _LOGIN_HINT) from problem
    if credentials is None:
        raise EnvironmentProblem("there are no AWS credentials to sign with", _LOGIN_HINT)
    return credentials, session.region_name


def _no_profile(access: Access) -> UsageProblem:
    wanted = access.aws_profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    return UsageProblem(
        f"there is no AWS profile {wanted!r}", f"profiles on this machine: {', '.join(profile_names()) or 'none'}"
    )


def is_aws(endpoint_url: str) -> bool:
    """Whether an endpoint is AWS itself rather than an emulator or a test server."""
    host = urlsplit(endpoint_url).hostname or ""
    return host.endswith(_AWS_DOMAINS)


def endpoint_origin(service: str, access: Access, endpoint_url: str) -> str:
    """Which option, variable or file chose the endpoint of a client; AWS for the service's own."""
    if access.endpoint_url:
        return "--endpoint-url"
    for variable in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
        if os.environ.get(variable):
            return variable
    session, plain = _session(access.aws_profile), _config(ignore_configured_endpoint_urls=True)
    own = session.client(service, config=plain, region_name=access.region)  # type: ignore[call-overload]  # any service
    return "AWS" if own.meta.endpoint_url == endpoint_url else "AWS configuration"


def region_origin(access: Access) -> str:
    """Which option or variable chose the region of a client."""
    if access.region:
        return "--region"
    if os.environ.get("AWS_DEFAULT_REGION"):
        return "AWS_DEFAULT_REGION"
    profile = access.aws_profile or os.environ.get("AWS_PROFILE") or "default"
    return f"AWS profile {profile}"


def _session(profile: str | None, core: "BotocoreSession | None" = None) -> "boto3.Session":
    import boto3

    return boto3.Session(profile_name=profile or None, botocore_session=core)


def profile_names() -> list[str]:
    """The names of all profiles, whichever of them the environment names; none if its files cannot be read."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        return list(Session().available_profiles)
    except BotoCoreError:
        return []


def _checked_client(service: str, profile: str | None, **options: Any) -> Any:
    from botocore.session import Session

    from clickgen.sink.bounded_http import BoundedSession
    from clickgen.sink.checked_answers import CheckedParsers

    core, parsers = Session(), CheckedParsers()
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    core.register_component("response_parser_factory", parsers)
    client = _session(profile, core).client(service, **options)  # type: ignore[call-overload]  # any service
    parsers.where = f"{service} at {client.meta.endpoint_url}"
    endpoint = client._endpoint  # there is no public hook between the connection and the parser
    endpoint.http_session = BoundedSession(endpoint.http_session, service)
    return client


@cache
def _loader(data_path: str | None) -> "Loader":
    """What reads botocore's models and endpoints, kept: each session would read two megabytes of JSON again."""
    from botocore.loaders import create_loader

    return create_loader(data_path)


def _config(**options: Any) -> "Config":
    from botocore.config import Config

    return Config(**options)
