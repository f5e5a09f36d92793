"""From what `--to` names to a target, whatever its kind."""

from clickgen.run.targets.aws import resolve_bucket, resolve_kinesis, resolve_stream, resolve_table
from clickgen.run.targets.local import resolve_file, resolve_output
from clickgen.run.targets.target import Target
from clickgen.sink.address import Address
from clickgen.sink.aws import Access


def resolve(address: Address, access: Access) -> Target:
    """Find out about a destination.

    Raises UsageProblem or EnvironmentProblem where nothing can be sent there, each with what would mend it.
    """
    match address.kind:
        case "firehose":
            return resolve_stream(address.name, access)
        case "kinesis":
            return resolve_kinesis(address, access)
        case "dynamodb":
            return resolve_table(address, access)
        case "s3":
            return resolve_bucket(address, access)
        case "file":
            return resolve_file(address)
        case "stdout":
            return resolve_output()
