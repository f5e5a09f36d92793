"""Examining every station of a pipeline at once, or one stream with what it uses."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from clickgen.doctor.account import examine_account
from clickgen.doctor.buckets import examine_bucket
from clickgen.doctor.catalogue import examine_catalogue_table, examine_crawler, examine_database
from clickgen.doctor.dynamodb import examine_table
from clickgen.doctor.embedded import examine_faults
from clickgen.doctor.finding import Diagnosis, Finding, diagnosis, fine, problem
from clickgen.doctor.firehose import examine_firehose
from clickgen.doctor.functions import examine_function
from clickgen.doctor.kinesis import examine_kinesis
from clickgen.doctor.pipes import examine_pipe
from clickgen.doctor.redshift import examine_warehouse
from clickgen.doctor.stream_settings import settings_of
from clickgen.doctor.visit import Refused, Visit
from clickgen.model.errors import EnvironmentProblem
from clickgen.pipeline.description import in_order

Examination = Callable[[], Iterator[Finding]]

_THREADS = 8
_EXAMINERS: Mapping[str, Callable[[Visit, str, str], Iterator[Finding]]] = {
    "dynamodb": examine_table,
    "pipe": examine_pipe,
    "kinesis": examine_kinesis,
    "firehose": examine_firehose,
    "lambda": examine_function,
    "s3": examine_bucket,
    "glue": examine_database,
    "crawler": examine_crawler,
    "redshift": examine_warehouse,
}


def examine_pipeline(visit: Visit) -> Diagnosis:
    """Examine every resource of a pipeline. Raises EnvironmentProblem if no service can be reached."""
    description = visit.description
    addresses = list(dict.fromkeys((*in_order(description), *description.resources)))
    examinations = {address: _examination(visit, address) for address in addresses}
    if visit.running is not None:
        running = visit.running
        examinations["planted faults"] = lambda: examine_faults(running)
    findings = [*examine_account(visit), *_all(examinations)]
    return diagnosis(description.name, [*findings, *_on_the_way(visit)])


def examine_stream(visit: Visit, name: str) -> Diagnosis:
    """Examine a Firehose stream, its bucket and the table that it converts to; its function is looked at with it.

    Raises EnvironmentProblem if the service cannot be reached.
    """
    station = f"firehose:{name}"
    account = list(examine_account(visit))
    examinations: dict[str, Examination] = {station: lambda: examine_firehose(visit, station, name)}
    answer = visit.ask("firehose", "describe_delivery_stream", DeliveryStreamName=name)
    if not isinstance(answer, Refused):
        settings = settings_of(answer["DeliveryStreamDescription"])
        if settings.bucket:
            bucket = f"s3:{settings.bucket}"
            examinations[bucket] = lambda: examine_bucket(visit, bucket, settings.bucket)
        if settings.converts is not None:
            database, table = settings.converts
            glue = f"glue:{database}"
            examinations[glue] = lambda: examine_catalogue_table(visit, glue, f"{database}.{table}")
    return diagnosis(station, [*account, *_all(examinations)])


def _examination(visit: Visit, address: str) -> Examination:
    kind = address.partition(":")[0]
    return lambda: _EXAMINERS[kind](visit, address, visit.name_of(address))


def _all(examinations: Mapping[str, Examination]) -> Iterator[Finding]:
    """What all of them find. Raises EnvironmentProblem if each of them ended with one."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = {station: pool.submit(_findings, examine) for station, examine in examinations.items()}
        ended = {station: future.result() for station, future in waiting.items()}
    lost = [end for end in ended.values() if isinstance(end, EnvironmentProblem)]
    if lost and len(lost) == len(ended):
        raise lost[0]
    for station, end in ended.items():
        if isinstance(end, EnvironmentProblem):
            yield problem(station, f"it could not be looked at: {end.message}", end.hint)
        else:
            yield from end


def _findings(examine: Examination) -> list[Finding] | EnvironmentProblem:
    try:
        return list(examine())
    except EnvironmentProblem as lost:
        return lost


def _on_the_way(visit: Visit) -> Iterator[Finding]:
    """How long all buffers on the way take together, where a latency is wished for."""
    wish = visit.wishes.latency_s
    order = [address for address in in_order(visit.description) if visit.waits.get(address)]
    if wish is None or len(order) < 2:
        return
    total = sum(visit.waits[address] for address in order)
    words = " + ".join(f"{address} {visit.waits[address]:g} s" for address in order)
    if total > wish:
        what = f"an event may wait {total:g} s on its way, and is wished for within {wish:g} s: {words}"
        yield problem("pipeline", what, "shorten the longest of these")
    else:
        yield fine("pipeline", f"an event may wait {total:g} s on its way: {words}")
