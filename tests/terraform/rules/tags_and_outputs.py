"""Everything carries the pipeline's tags, and the outputs say the names of the resources of pipeline.toml."""

import json
from collections.abc import Iterator

from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.outputs import output_name
from tests.terraform.plan import Plan

_TAGS = ("managed-by", "pipeline")
_NAMED_BY = {
    "s3": ("aws_s3_bucket", "bucket"),
    "lambda": ("aws_lambda_function", "function_name"),
    "dynamodb": ("aws_dynamodb_table", "name"),
    "kinesis": ("aws_kinesis_stream", "name"),
    "pipe": ("aws_pipes_pipe", "name"),
    "firehose": ("aws_kinesis_firehose_delivery_stream", "name"),
    "glue": ("aws_glue_catalog_database", "name"),
    "crawler": ("aws_glue_crawler", "name"),
    "redshift": ("aws_redshiftserverless_workgroup", "workgroup_name"),
}


def untagged(plan: Plan) -> Iterator[str]:
    """What lacks a tag."""
    for resource in plan.resources:
        tags = resource.values.get("tags_all")
        lacking = [] if tags is None else [tag for tag in _TAGS if tag not in tags]
        if lacking:
            yield f"{resource.address} has no tag {', '.join(lacking)}"


def typed_by_hand(plan: Plan, default_region: str, default_name: str) -> Iterator[str]:
    """Where the default region or name stands, though this plan has others."""
    for resource in plan.resources:
        text = json.dumps(resource.values)
        for typed in (default_region, default_name):
            if typed in text:
                yield f"{resource.address} has {typed}, which is a variable"


def wrong_outputs(description: PipelineDescription, plan: Plan) -> Iterator[str]:
    """Outputs that are missing or say another name."""
    for address in description.resources:
        name = output_name(address)
        type_name, argument = _NAMED_BY[address.partition(":")[0]]
        there = {resource.values[argument] for resource in plan.of(type_name)}
        if name not in plan.outputs:
            yield f"there is no output {name} for {address}"
        elif plan.outputs[name] not in there:
            yield f"the output {name} is {plan.outputs[name]!r}, which no {type_name} is called"
    if plan.outputs.get("region") != plan.variables["region"]:
        yield "the output region is not the region"
    groups = {group.values["name"] for group in plan.of("aws_athena_workgroup")}
    if groups and plan.outputs.get("athena_workgroup") not in groups:
        yield "the output athena_workgroup names no workgroup"
