"""A Terraform or OpenTofu on the PATH with a copy of the real AWS provider, if this machine has both.

A copy of a provider is made where there is a network, by `terraform providers mirror FOLDER` in a folder of an
example, and named by CLICKGEN_TERRAFORM_PROVIDERS.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.terraform.core import reattach

FOLDERS = "CLICKGEN_TERRAFORM_PROVIDERS"
_PLACES = ("~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")
_HOSTS = {"terraform": "registry.terraform.io", "tofu": "registry.opentofu.org"}
_RANGE = '">= 6.0, < 7.0"'


@dataclass(frozen=True)
class RealTerraform:
    """The tool, the folder with copies of providers, and the version of the AWS provider among them."""

    tool: str
    host: str
    copies: Path
    version: str

    @property
    def has_archive(self) -> bool:
        """Whether the provider that packs functions is there too; else the tests' own takes its place."""
        return (self.copies / self.host / "hashicorp" / "archive").is_dir()

    def providers(self, folder: Path) -> str:
        """What TF_REATTACH_PROVIDERS says, of what is not there."""
        return reattach(*([] if self.has_archive else ["archive"]), folder=folder, host=self.host)

    def environment(self, providers: str, folder: Path) -> dict[str, str]:
        """Where the tool finds its providers: in the copies, and nowhere else."""
        configuration = folder / "terraform.rc"
        configuration.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{self.copies}"\n  }}\n}}\n'
        )
        return {
            **os.environ,
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "1",
            "TF_REATTACH_PROVIDERS": providers,
        }

    def run(self, folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [self.tool, f"-chdir={folder}", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def allow_version(self, examples: Path) -> None:
        """Let a copy of the examples take the provider that is here, if theirs is another version."""
        if not self.version.startswith("6."):
            for file in examples.rglob("versions.tf"):
                file.write_text(file.read_text().replace(_RANGE, f'"= {self.version}"'))


def find() -> RealTerraform | str:
    """What this machine has, or in words what it has not."""
    tool = next((name for name in _HOSTS if shutil.which(name)), None)
    if tool is None:
        return "neither terraform nor tofu is on the PATH"
    named = os.environ.get(FOLDERS)
    for place in [named] if named else _PLACES:
        copies = Path(place).expanduser()
        versions = sorted(
            (copies / _HOSTS[tool] / "hashicorp" / "aws").glob("*/*/terraform-provider-aws*"),
            key=lambda file: [int(part) for part in file.parts[-3].split(".")],
        )
        if versions:
            return RealTerraform(tool, _HOSTS[tool], copies, versions[-1].parts[-3])
    return f"there is no copy of the AWS provider: {FOLDERS} names a folder that `{tool} providers mirror` made"
