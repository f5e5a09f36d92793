"""Where metrics are published: `prometheus:PORT`, `prometheus:HOST:PORT` or `otlp:URL`."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from clickgen.model.errors import UsageProblem

# where a collector takes metrics: opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Request"
OTLP_PATH = "/v1/metrics"
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class PrometheusTarget:
    """An address of this machine that Prometheus reads from; port 0 is any free one."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class OtlpTarget:
    """The URL that takes metrics, path included."""

    url: str

    @property
    def shown(self) -> str:
        """The URL as it may be printed: without a password."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


MetricsTarget = PrometheusTarget | OtlpTarget


def parse_target(text: str) -> MetricsTarget:
    """The target that a text names; UsageProblem with the right form if it names none."""
    kind, _, rest = text.strip().partition(":")
    if kind == "prometheus":
        return _prometheus(text, rest)
    if kind == "otlp":
        return _otlp(text, rest)
    raise UsageProblem(
        f"--metrics {text!r} names no way to publish", "write prometheus:9464 or otlp:http://127.0.0.1:4318"
    )


def _prometheus(text: str, rest: str) -> PrometheusTarget:
    host, _, port = rest.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise UsageProblem(
            f"--metrics {text!r} has no port",
            "write prometheus:9464 or prometheus:0.0.0.0:9464; 0 is any free port",
        )
    return PrometheusTarget(host.removeprefix("[").removesuffix("]") or _LOOPBACK, int(port))


def _otlp(text: str, rest: str) -> OtlpTarget:
    try:
        parts = urlsplit(rest)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageProblem(
            f"--metrics {text!r} has no URL", "write otlp:http://127.0.0.1:4318, or the full URL of a collector"
        )
    return OtlpTarget(rest if parts.path not in ("", "/") else parts._replace(path=OTLP_PATH).geturl())
