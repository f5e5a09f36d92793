"""The key of a run's pseudonyms: in the run's folder, for its owner only, so that its events can be made again."""

import os
import secrets
from hashlib import scrypt

from clickgen.ledger.folder import RunFolder, explained, private
from clickgen.model.errors import EnvironmentProblem, UsageProblem

KEY_VARIABLE = "CLICKGEN_PSEUDONYM_KEY"
_KEY_BYTES = 32
_LEAST_CHARACTERS = 16  # with fewer, the values behind pseudonyms could be found by trying keys
# OWASP, Password Storage: the cost of scrypt that needs 16 MB, a tenth of a second
_COST, _BLOCK = 2**14, 8
_SALT = b"clickgen pseudonyms"  # the same everywhere, as runs with the same key have the same pseudonyms


def check_given_key() -> bool:
    """Whether a key is given by the environment; UsageProblem if it is too short."""
    given = os.environ.get(KEY_VARIABLE)
    if given is not None and len(given) < _LEAST_CHARACTERS:
        raise UsageProblem(
            f"the key in {KEY_VARIABLE} has {len(given)} characters, fewer than {_LEAST_CHARACTERS}",
            f"make a random one: export {KEY_VARIABLE}=$(openssl rand -hex 32)",
        )
    return given is not None


def create_key(folder: RunFolder) -> None:
    """Keep the run's key: derived from the given one, which cannot be told from it, or else random."""
    given = os.environ.get(KEY_VARIABLE)
    if check_given_key() and given is not None:
        key = scrypt(
            given.encode("utf-8", "surrogateescape"), salt=_SALT, n=_COST, r=_BLOCK, p=1, dklen=_KEY_BYTES
        )
    else:
        key = secrets.token_bytes(_KEY_BYTES)
    with explained(folder.path):
        private(folder.pseudonym_key_file).write_text(key.hex() + "\n", encoding="ascii")


def read_key(folder: RunFolder) -> bytes:
    """The run's key; EnvironmentProblem if it is missing or damaged."""
    try:
        key = bytes.fromhex(folder.pseudonym_key_file.read_text(encoding="ascii"))
    except (OSError, ValueError) as problem:
        raise _unusable(folder) from problem
    if len(key) != _KEY_BYTES:
        raise _unusable(folder)
    return key


def _unusable(folder: RunFolder) -> EnvironmentProblem:
    return EnvironmentProblem(
        f"{folder.pseudonym_key_file} is missing or damaged, so the pseudonyms of run {folder.run} cannot be made",
        "restore that file, or begin a new run",
    )
