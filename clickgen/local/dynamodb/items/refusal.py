"""The errors of DynamoDB that more than one of its actions answer with."""

from clickgen.local.platform.errors import ServiceError


def refused(message: str) -> ServiceError:
    """A request that is not valid, in the words of the service."""
    return ServiceError("ValidationException", message)


def no_such_table() -> ServiceError:
    """A call for the items of a table that is not there."""
    return ServiceError("ResourceNotFoundException", "Requested resource not found")


def throttled() -> ServiceError:
    """A call or an item refused by a planted fault."""
    return ServiceError(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your"
        " provisioning level with the UpdateTable API.",
    )


def failed() -> ServiceError:
    """The service failed for reasons of its own."""
    return ServiceError("InternalServerError", "Internal server error", 500)
