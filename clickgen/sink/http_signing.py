"""Signing requests for AWS (Signature Version 4) with the credentials that any SDK would find.

API Gateway, function URLs of Lambda and OpenSearch Ingestion want it.
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clickgen.model.destination import HttpDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.sink.aws import Access, credentials_of

if TYPE_CHECKING:
    from botocore.credentials import Credentials

# API Gateway Developer Guide and Lambda Developer Guide: ID.execute-api.REGION…, ID.lambda-url.REGION.on.aws
_REGION_IN_HOST = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.")


class Signer:
    """Signs requests for one service and region."""

    def __init__(self, service: str, region: str, credentials: "Credentials") -> None:
        self._service = service
        self._region = region
        self._credentials = credentials

    def headers(self, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        """The headers of a request with its signature; raises what botocore raises for credentials."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("POST", url, data=body, headers=headers)
        SigV4Auth(self._credentials.get_frozen_credentials(), self._service, self._region).add_auth(request)
        return dict(request.headers.items())


def signer_for(to: HttpDestination) -> Signer | None:
    """What signs the requests to a destination, or None if they are not signed.

    Raises UsageProblem for an unknown profile, EnvironmentProblem without credentials or a region.
    """
    service = to.request.sigv4
    if service is None:
        return None
    credentials, configured = credentials_of(Access(to.region, to.aws_profile))
    region = to.region or region_in(to.stream) or configured
    if region is None:
        raise EnvironmentProblem("no AWS region to sign for is known", "name one with --region")
    return Signer(service, region, credentials)


def region_in(url: str) -> str | None:
    """The region that the name of an AWS host has in it, or None."""
    found = _REGION_IN_HOST.search(urlsplit(url).hostname or "")
    return None if found is None else found[1]
