"""The text of a small file that somebody wrote: a profile, a pipeline, prices, a query."""

from pathlib import Path

from clickgen.model.errors import UsageProblem

# The largest profile that comes with clickgen has 18 KB; what is larger was not written by hand, and a device or a
# file of gigabytes must not fill the memory.
MAX_TEXT_BYTES = 1 << 20


def read_text_file(path: Path, what: str, form: str, on_error: str) -> str:
    """The text, in UTF-8, with or without a byte order mark.

    what, form: what was to be read, and which kind of file it is, for errors. on_error: what to do where it cannot
    be read. Raises UsageProblem where it cannot be read, is no text, or is longer than MAX_TEXT_BYTES.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT_BYTES + 1)
    except OSError as problem:
        raise UsageProblem(f"{path}: {what} cannot be read: {problem.strerror or problem}", on_error) from problem
    if len(data) > MAX_TEXT_BYTES:
        raise UsageProblem(
            f"{path}: longer than {MAX_TEXT_BYTES >> 20} MiB, and so not read",
            f"{form}; check that this is the file you meant",
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        raise UsageProblem(f"{path}: not a text file in UTF-8", form) from problem
