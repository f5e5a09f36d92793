"""What the options of delivery may not be together, given where events go."""

from typing import TYPE_CHECKING

from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.cli.delivery_options import DeliveryOptions
    from clickgen.sink.registry import Address


def check_output_free(kind: str | None, *, as_json: bool) -> None:
    """UsageProblem if both the events and the JSON object would go to standard output."""
    if kind == "stdout" and as_json:
        raise UsageProblem(
            "--json with --to -: both would go to standard output",
            "leave --json out; `clickgen runs show --json` shows the account afterwards",
        )


def check_destination(options: "DeliveryOptions", *, as_json: bool) -> None:
    """UsageProblem if the options do not say clearly where to send, or say what means nothing there."""
    to = options.to
    if options.stream is not None and to is not None:
        raise UsageProblem(
            "--stream and --to together", "--stream NAME means --to firehose:NAME: give one of them"
        )
    check_output_free(None if to is None else to.kind, as_json=as_json)
    if options.pretty and (to is None or to.kind != "stdout"):
        raise UsageProblem("--pretty without --to -: nobody looks at the events there", "add --to -")
    if to is not None and to.kind == "http":
        _check_collector(options, to)
    elif options.http.used:
        raise UsageProblem(
            f"{' and '.join(options.http.used)} without a collector", "name one: --to https://HOST/PATH"
        )
    if options.stream is not None or (to is not None and to.on_network):
        return
    odd = [
        f"--{name.replace('_', '-')}"
        for name in ("region", "aws_profile", "endpoint_url")
        if getattr(options, name)
    ]
    if odd and to is None:
        raise UsageProblem(
            f"{' and '.join(odd)} without --stream: the embedded pipeline has none",
            "name the destination with --stream or --to, or leave the others out",
        )
    if to is not None and (odd or options.max_usd is not None):
        raise UsageProblem(
            f"{' and '.join(odd or ['--max-usd'])} with --to {to}: no service is called or paid there",
            "leave it out, or name a destination in AWS",
        )


def _check_collector(options: "DeliveryOptions", to: "Address") -> None:
    """UsageProblem if an option means nothing where events are posted; hands the values of headers to workers."""
    from clickgen.sink.http_values import hand_to_workers

    if options.endpoint_url:
        raise UsageProblem(f"--endpoint-url with --to {to}, which is the endpoint", "leave --endpoint-url out")
    odd = [f"--{name.replace('_', '-')}" for name in ("region", "aws_profile") if getattr(options, name)]
    if odd and options.http.sigv4 is None:
        raise UsageProblem(
            f"{' and '.join(odd)} with --to {to}: requests are not signed",
            "add --http-sigv4 SERVICE, or leave it out",
        )
    if options.max_usd is not None:
        raise UsageProblem(f"--max-usd with --to {to}: nothing is known of what it charges", "leave it out")
    if any(threshold.name.startswith("cost_") for threshold in options.threshold):
        raise UsageProblem(
            f"--threshold of a cost with --to {to}: nothing is known of what it charges", "leave it out"
        )
    hand_to_workers(options.http.values())
