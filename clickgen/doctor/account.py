"""The caller: credentials and region."""

from collections.abc import Iterator

from clickgen.doctor.finding import Finding, fine, warning
from clickgen.doctor.visit import Refused, Visit
from clickgen.sink.aws import region_origin

STATION = "account"


def examine_account(visit: Visit) -> Iterator[Finding]:
    """Whose credentials these are; no permission is needed to ask. Raises EnvironmentProblem without any."""
    region = f"region {visit.region} ({region_origin(visit.access)})"
    if not visit.on_aws:
        yield fine(STATION, f"{visit.client('s3').meta.endpoint_url} is not AWS, so no account matters; {region}")
        return
    identity = visit.ask("sts", "get_caller_identity")
    if isinstance(identity, Refused):
        yield warning(
            STATION, f"whose credentials these are is not known: {identity.message}", "aws sts get-caller-identity"
        )
        return
    yield fine(STATION, f"account {identity['Account']}, {identity['Arn']}; {region}")
