"""What `--to` names for generated events: a file, standard output, the lake, another folder, or S3."""

import os
from pathlib import Path

from clickgen.model.destination import FileDestination, LakeDestination
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place
from clickgen.run.generate.formats import Format
from clickgen.run.targets.s3 import find_bucket
from clickgen.run.targets.stdout import find_output
from clickgen.run.targets.target import Target
from clickgen.sink.aws import Access
from clickgen.sink.registry import KINDS, parse_address

LAKE = "lake"
OUTPUT = "-"
FORMS = "a file, a folder, lake, s3://BUCKET/PREFIX or -"
_LAYOUT = "YYYY/MM/DD/HH/…"


def named_format(to: str, given: Format | None, *, gzipped: bool) -> tuple[Format, bool]:
    """The format that was given, else the one of a file's name, and whether that is gzipped."""
    suffixes = [suffix.lower() for suffix in Path(to).suffixes[-2:]]
    gzipped = gzipped or suffixes[-1:] == [".gz"]
    by_name: Format = "jsonl"
    if ".csv" in suffixes:
        by_name = "csv"
    elif suffixes[-1:] == [".parquet"]:
        by_name = "parquet"
    kind = given or by_name
    if kind == "parquet" and gzipped:
        raise UsageProblem("Parquet with gzip: it is compressed in itself", "leave --gzip and .gz out")
    if kind == "parquet" and to == OUTPUT:
        raise UsageProblem("Parquet to standard output: it is written in more than one place", "name a file")
    return kind, gzipped


def find_target(to: str, lake: Path, bucket: str, access: Access) -> Target:
    """Where generated events go. lake, bucket: the folder that stands for S3, and the one in it that is a bucket.

    Raises UsageProblem or EnvironmentProblem if nothing can be put there.
    """
    if to.startswith("s3://"):
        return find_bucket(parse_address(to), access)
    odd = [name for name, value in zip(access.__slots__, _values(access), strict=True) if value]
    if odd:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in odd)
        raise UsageProblem(
            f"{options} with --to {to}: no service is called there", "leave it out, or name s3://BUCKET"
        )
    if to == OUTPUT:
        return find_output()
    if to == LAKE:
        return _folder(lake, bucket, embedded=True)
    if any(kind.on_network and to.startswith(kind.prefix) for kind in KINDS.values()):
        raise UsageProblem(
            f"--to {to}: generated events go to files", f"name {FORMS}; `clickgen send` sends to {to}"
        )
    path = Path(to.removeprefix("file:")).expanduser().absolute()
    return _folder(path, "", embedded=False) if path.is_dir() else _file(path, folder_named=to.endswith("/"))


def _values(access: Access) -> tuple[object, ...]:
    return tuple(getattr(access, name) for name in access.__slots__)


def _folder(root: Path, bucket: str, *, embedded: bool) -> Target:
    folder = root / bucket
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot write to {folder}: {problem.strerror or problem}",
            "check its folder, its permissions, the disk",
        ) from problem
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EnvironmentProblem(f"cannot write to {folder}: permission denied", "check its permissions")
    # objects are there when the run ends: nothing is buffered
    place = Place(bucket=bucket, buffer_seconds=0, time_zone="UTC", lake=str(root.resolve()))
    name = bucket if embedded else str(folder)
    return Target(
        destination=LakeDestination(stream=name, embedded=embedded),
        place=place,
        line=f"objects {folder}/{_LAYOUT}",
        on_aws=False,
    )


def _file(path: Path, *, folder_named: bool) -> Target:
    if folder_named or not path.parent.is_dir():
        missing = path if folder_named else path.parent
        raise UsageProblem(f"there is no folder {missing}", f"make it: mkdir -p {missing}")
    if path.is_file():
        raise UsageProblem(f"{path} is there already", "remove it, or name another file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise EnvironmentProblem(f"cannot write to {path}: permission denied", "check its permissions")
    return Target(destination=FileDestination(stream=str(path)), place=None, line=f"file {path}", on_aws=False)
