"""A collector as a target: what events of a plan are posted as, and whether anybody is there."""

import ipaddress
from urllib.parse import urlsplit

from clickgen.model.destination import HttpBody, HttpDestination, HttpRequest
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
from clickgen.run.targets.target import Target, TargetKind
from clickgen.run.targets.tariff import FREE
from clickgen.schema.registry import SCHEMAS, schema_named
from clickgen.sink.aws import Access, is_aws
from clickgen.sink.http import limits_for, posted_to
from clickgen.sink.http_bodies import FORMS
from clickgen.sink.http_connection import check_reachable, proxy_for, without_user
from clickgen.sink.http_signing import signer_for
from clickgen.sink.registry import Address

# forms that take any event, and those that take any line of text too
_ANY_EVENT: frozenset[HttpBody] = frozenset(["json", "ndjson", "lines", "put-record-batch"])
_ANY_LINE: frozenset[HttpBody] = frozenset(["lines", "put-record-batch"])
_GA4_NEEDS = (("measurement_id", "firebase_app_id"), ("api_secret",))


def request_for(plan: Plan, wanted: HttpRequest, body: HttpBody | None) -> HttpRequest:
    """How the events of a plan are posted. body: the form that was asked for, or None for the one of their schema.

    Raises UsageProblem if the events cannot be posted like that.
    """
    named = plan.event_schema if plan.command == "send" and isinstance(plan.event_schema, str) else None
    kind = None if named is None else schema_named(named)
    chosen = body or ("json" if kind is None else kind.posted_as)
    text = kind is not None and kind.lines is not None
    if text and chosen not in _ANY_LINE:
        raise UsageProblem(
            f"--http-body {chosen}: the events of the schema {named} are lines of text",
            "leave it out, or write --http-body lines",
        )
    if kind is not None and chosen not in _ANY_EVENT and kind.posted_as != chosen:
        fitting = ", ".join(name for name, known in SCHEMAS.items() if known.posted_as == chosen)
        raise UsageProblem(
            f"--http-body {chosen}: the events of the schema {named} are not such events",
            f"write --schema {fitting}, or leave --http-body out",
        )
    if FORMS[chosen].one_document and plan.disorder is not None and plan.disorder.malformed:
        raise UsageProblem(
            f"--malformed with bodies of the form {chosen}: one damaged event would make the whole body invalid",
            "write --http-body ndjson, or leave --malformed out",
        )
    _check_size(chosen, wanted)
    if chosen == "ga4":
        _check_ga4(wanted)
    if wanted.delivery_stream is not None and chosen != "put-record-batch":
        raise UsageProblem(
            "--http-stream without --http-body put-record-batch", "no other form names a stream: leave it out"
        )
    return wanted.model_copy(update={"body": chosen})


def _check_size(chosen: HttpBody, wanted: HttpRequest) -> None:
    form = FORMS[chosen]
    for option, value, most in (("batch", wanted.events, form.events), ("bytes", wanted.bytes, form.bytes)):
        if form.fixed and value is not None and value > most:
            raise UsageProblem(
                f"--http-{option} {value}: {form.words} has at most {most:,}",
                "give as many or fewer, or leave it out",
            )


def _check_ga4(wanted: HttpRequest) -> None:
    missing = [names[0] for names in _GA4_NEEDS if not wanted.parameters.keys() & set(names)]
    if missing:
        raise UsageProblem(
            f"Google Analytics needs {' and '.join(missing)} in the query",
            "add --http-query measurement_id=G-… --http-query api_secret=@VARIABLE; to post the rows as they are, "
            "add --http-body json",
        )


def _find(address: Address, access: Access) -> Target:
    """Find out about a collector; UsageProblem or EnvironmentProblem if nothing can be sent there."""
    request = access.http or HttpRequest()
    url = posted_to(address.name, request)
    on_aws = is_aws(url)
    destination = HttpDestination(
        stream=url, on_aws=on_aws, region=access.region, aws_profile=access.aws_profile, request=request
    )
    signer_for(destination)
    check_reachable(url)
    return Target(
        destination=destination,
        place=None,
        line=_line(url, request),
        on_aws=on_aws,
        warnings=tuple(_warnings(url, request)),
        elsewhere=None if _is_loopback(url) else urlsplit(url).hostname,
    )


def _line(url: str, request: HttpRequest) -> str:
    limits = limits_for(request)
    events = "1 event" if limits.records == 1 else f"up to {limits.records:,} events"
    words = [f"POST {url} (--to)", f"{FORMS[request.body].words} of {events} a request"]
    words += ["gzip"] if request.gzip else []
    for what, names in (("header", request.headers), ("parameter", request.parameters)):
        words += [f"{what} {name}" + (f" (of {variable})" if variable else "") for name, variable in names.items()]
    words += [f"signed for {request.sigv4}"] if request.sigv4 else []
    proxy = proxy_for(url)
    return ", ".join(words + ([f"by the proxy {without_user(proxy)} (environment)"] if proxy else []))


def _warnings(url: str, request: HttpRequest) -> list[str]:
    if urlsplit(url).scheme == "https" or _is_loopback(url) or not (request.headers or request.parameters):
        return []
    return ["headers and parameters cross the network as anybody can read them: the URL is not https"]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


TARGET: TargetKind[HttpDestination] = TargetKind(_find, lambda *_: FREE)
