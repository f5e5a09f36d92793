"""The services of one lake and what connects them: each is imported and opened when something first needs it.

A service that has something in the lake is opened at the start, for it may have to go on with it.
"""

from typing import TYPE_CHECKING, Any

from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.service import Firehose
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.admin import FunctionLogs
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.later import LaterService, later
from clickgen.local.platform.links import RecordStreams
from clickgen.local.platform.service import Service

if TYPE_CHECKING:
    from clickgen.local.athena.service import Athena
    from clickgen.local.cloudwatch.service import CloudWatch
    from clickgen.local.dynamodb.service import DynamoDb
    from clickgen.local.functions.service import Lambda
    from clickgen.local.glue.service import Glue
    from clickgen.local.kinesis.service import Kinesis
    from clickgen.local.pipes.service import Pipes
    from clickgen.local.redshift.service import Redshift
    from clickgen.local.s3.service import S3

_QUERY_WORKER = "clickgen.local.lakehouse"  # the module; importing it needs the extra that it queries with


class EmbeddedServices:
    """All services of a lake that this process holds. Belongs to the running event loop."""

    def __init__(self, lake: Lake, endpoint_url: str, faults: FaultBoard, clock: ServiceClock) -> None:
        self._lake = lake
        self._endpoint_url = endpoint_url
        self._faults = faults
        self._clock = clock
        # folders of the lake are buckets, whoever made them
        self.s3 = LaterService("s3", (), self._open_s3, reports_at_once=True)
        self._functions = LaterService("lambda", (), self._open_functions)
        self._kinesis = LaterService("kinesis", ["Kinesis_20131202"], self._open_kinesis)
        self._dynamodb = LaterService("dynamodb", ["DynamoDB_20120810"], self._open_dynamodb)
        self._table_streams = LaterService(
            "dynamodb", ["DynamoDBStreams_20120810"], lambda: self._dynamodb.open().streams
        )
        self._glue = LaterService("glue", ["AWSGlue"], self._open_glue)
        self._athena = LaterService("athena", ["AmazonAthena"], self._open_athena)
        self._redshift = LaterService("redshift-data", ["RedshiftData"], self._open_redshift)
        self._serverless = LaterService(
            "redshift-serverless", ["RedshiftServerless"], lambda: self._redshift.open().serverless
        )
        self._pipes = LaterService("pipes", (), self._open_pipes)
        self._cloudwatch = LaterService("monitoring", ["GraniteServiceVersion20100801"], self._open_cloudwatch)
        surroundings = Surroundings(
            clock,
            ServiceFaults(faults, "firehose"),
            functions=later(lambda: self._functions.open().functions),
            streams=later(lambda: self._kinesis.open().records),
            objects=later(self.s3.open),
            catalogue=later(lambda: self._glue.open().metastore),
            metrics=later(lambda: self._cloudwatch.open().metrics),
            warehouse=later(lambda: self._redshift.open().warehouse),
        )
        self.pipeline = EmbeddedPipeline(lake, surroundings)
        self._firehose = Firehose(self.pipeline, surroundings.faults)
        self._go_on()

    async def close(self) -> int:
        """Close every service; how many buffers could not be delivered and stay on disk."""
        if self._functions.opened is not None:
            await self._functions.opened.mappings.close()  # what functions put from now on, Firehose would leave
        left = await self._pipes.close() + await self._firehose.close()
        if self.s3.opened is not None:
            await self.s3.opened.settle()  # functions are still there to be notified
        rest = [service for service in self.all if service not in (self._pipes, self._firehose)]
        return left + sum([await service.close() for service in rest])

    @property
    def all(self) -> list[Service]:
        """Each service, those first that others take records or metrics from."""
        own: list[Service] = [self._pipes, self._firehose, self._glue, self._functions, self._kinesis]
        own += [self._dynamodb, self._table_streams, self._athena, self._redshift, self._serverless, self.s3]
        own.append(self._cloudwatch)  # others publish until they close
        return own

    @property
    def logs(self) -> FunctionLogs:
        """What functions have printed."""
        return later(lambda: self._functions.open().functions)

    def _go_on(self) -> None:
        """Open what has a folder of its own in the lake."""
        kept: dict[str, LaterService[Any]] = {
            "cloudwatch": self._cloudwatch,
            "s3": self.s3,
            "functions": self._functions,
            "kinesis": self._kinesis,
            "dynamodb": self._dynamodb,
            "glue": self._glue,
            "redshift": self._serverless,
            "athena": self._athena,
            "pipes": self._pipes,
        }
        for state, service in kept.items():
            if self._lake.has_state(state):
                service.open()

    def _open_s3(self) -> "S3":
        from clickgen.local.s3.service import S3

        s3 = S3(self._lake, self._faults)
        s3.notify(later(lambda: self._functions.open().queue))
        return s3

    def _open_functions(self) -> "Lambda":
        from clickgen.local.functions.service import Lambda

        functions = Lambda(self._lake, self._endpoint_url, self._faults, self._clock, later(self.s3.open))
        functions.mappings.read(self._record_streams())
        return functions

    def _record_streams(self) -> list[RecordStreams]:
        return [later(lambda: self._kinesis.open().records), later(lambda: self._dynamodb.open().records)]

    def _open_kinesis(self) -> "Kinesis":
        from clickgen.local.kinesis.service import Kinesis

        return Kinesis(self._lake, self._clock, self._faults)

    def _open_dynamodb(self) -> "DynamoDb":
        from clickgen.local.dynamodb.service import DynamoDb

        return DynamoDb(self._lake, self._clock, self._faults)

    def _open_glue(self) -> "Glue":
        from clickgen.local.glue.service import Glue

        return Glue(self._lake.root, self._lake.state("glue"), self._faults)

    def _open_athena(self) -> "Athena":
        from clickgen.local.athena.service import Athena

        metastore = self._glue.open().metastore
        return Athena(self._lake.root, self._lake.state("athena"), metastore, _QUERY_WORKER)

    def _open_redshift(self) -> "Redshift":
        from clickgen.local.redshift.service import Redshift

        return Redshift(self._lake.root, self._lake.state("redshift"), self._faults)

    def _open_pipes(self) -> "Pipes":
        from clickgen.local.pipes.service import Pipes
        from clickgen.local.pipes.targets import Neighbours

        streams, functions = self._record_streams(), self._functions
        neighbours = Neighbours(
            sources=[streams[1], streams[0]],
            targets=[later(lambda: self._kinesis.open().records), self._firehose.records],
            functions=later(lambda: functions.open().functions),
            queue=later(lambda: functions.open().queue),
        )
        return Pipes(self._lake, self._clock, self._faults, neighbours)

    def _open_cloudwatch(self) -> "CloudWatch":
        from clickgen.local.cloudwatch.service import CloudWatch

        return CloudWatch(self._lake)
