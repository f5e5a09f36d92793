"""Calls of one operation of a service that speaks AWS's JSON protocol, without botocore's work for each."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from clickgen.sink.bounded_http import set_content
from clickgen.sink.direct_line import DirectLine
from clickgen.sink.signed_head import SignedHead


class DirectCaller:
    """Signs calls and sends them; for several threads."""

    def __init__(self, head: SignedHead, line: DirectLine) -> None:
        self._head = head
        self.line = line

    def head(self, body: bytes) -> bytes:
        """The head of a request with this body. Raises what botocore raises for credentials."""
        return self._head.of(body)

    def call(self, head: bytes, body: bytes, leave: Callable[[], None]) -> bytes | AWSResponse:
        """The body of a plain answer of status 200, or else the answer. leave: called when only sending is left.

        Raises what botocore's session raises.
        """
        connection = self.line.open()
        leave()
        return self.line.call(connection, head, body)


def answered(body: bytes, url: str) -> AWSResponse:
    """The answer of status 200 that has this body."""
    answer = AWSResponse(url, 200, HTTPHeaders(), None)
    set_content(answer, body)
    return answer


def direct_caller(client: Any, target: str) -> DirectCaller | None:
    """What calls the operation at a client's endpoint, as the client would. target: what X-Amz-Target says.

    None if only botocore knows how: through a proxy, at an address with a path, with another kind of signature.
    """
    url, signer, session = (
        urlsplit(client.meta.endpoint_url),
        client._request_signer,
        client._endpoint.http_session,
    )
    plain = url.path in ("", "/") and not url.query and url.username is None
    known = signer._credentials is not None and signer.signature_version == "v4"
    if not plain or not known or client.meta.config.client_cert or session.proxy_for(url.geturl()):
        return None
    agent, service, region = client.meta.config.user_agent, signer.signing_name, signer.region_name
    head = SignedHead(url, target, agent, signer._credentials, service, region)
    return DirectCaller(head, DirectLine(url, session))
