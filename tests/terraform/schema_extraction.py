"""Cuts the schemas of providers out of the bindings that are made from them, for the types that the examples use.

The providers themselves are not on the Python package index. Bindings are, and their declarations say which
arguments and blocks a resource has, of which type, how nested, required or not. Those of AWS take 523 MB when
installed, too much for everyone who runs the tests, so what is needed of them is kept in `schema.json`, in the
form of `terraform providers schema -json`. To make it anew, after a change of the types or for another version:

    pip download --no-deps cdktn-provider-aws cdktn-provider-archive
    python -m tests.terraform.schema_extraction cdktn_provider_*.whl
"""

import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.terraform.types_in_use import PROVIDERS

SCHEMA = Path(__file__).parent / "schema.json"
_PROVIDER = "provider"
_WHEEL = re.compile(r"cdktn_provider_(\w+?)-")
_SIMPLE = {"string": "string", "number": "number", "boolean": "bool"}
_FIELD = re.compile(
    r'(\w+): \{\n\s*value: .*,\n\s*isBlock: (?:true|false),\n\s*type: "(\w+)",\n\s*storageClassType: "(\w+)",'
)
_COMPUTED = re.compile(r"this\.get(\w+)Attribute\('(\w+)'\)|new \w+(?:List|Map)\(this, \"(\w+)\"")
_READ_AS = {"String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"]}

Json = dict[str, Any]


def extract(wheel: Path) -> tuple[str, Json]:
    """A provider's name and its schema of the types in use, from the wheel of its bindings."""
    named = _WHEEL.match(wheel.name)
    assert named is not None, wheel
    resources, data_sources = PROVIDERS[named[1]]
    kinds = {_PROVIDER: _PROVIDER}
    kinds |= {_folder(name): "resource_schemas" for name in resources}
    kinds |= {f"data-{named[1]}-{_folder(name)}": "data_source_schemas" for name in data_sources}
    schema: Json = {"version": "", "provider": {}, "resource_schemas": {}, "data_source_schemas": {}}
    for folder, script, declarations in _modules(wheel, kinds):
        module = _Module(script, declarations)
        if folder == _PROVIDER:
            schema["version"] = module.constant("providerVersion")
            schema["provider"] = module.block()
            schema["provider"]["attributes"].pop("alias", None)  # it is for Terraform itself
        else:
            schema[kinds[folder]][module.constant("tfResourceType")] = module.block()
    missing = {*resources, *data_sources} - {*schema["resource_schemas"], *schema["data_source_schemas"]}
    if missing:
        raise SystemExit(f"not in {wheel}: {', '.join(sorted(missing))}")
    return named[1], schema


def _folder(type_name: str) -> str:
    """The folder of a type, whose name starts with the provider's."""
    return type_name.partition("_")[2].replace("_", "-")


def _modules(wheel: Path, folders: Json) -> Iterator[tuple[str, str, str]]:
    """Of each of these folders the JavaScript and the TypeScript declarations."""
    scripts: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as outer:
        (inner,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as archive:
            for member in archive:  # declarations lie behind all scripts
                folder, _, file = member.name.removeprefix("package/lib/").partition("/")
                if folder not in folders or file not in ("index.js", "index.d.ts"):
                    continue
                content = archive.extractfile(member)
                assert content is not None
                text = content.read().decode()
                if file == "index.js":
                    scripts[folder] = text.partition("//# sourceMappingURL")[0]
                else:
                    yield folder, scripts[folder], text


class _Module:
    """One resource, data source or the provider, as its bindings declare it."""

    def __init__(self, script: str, declarations: str) -> None:
        self._script = script
        self._functions = {
            part[: part.index("(")]: part.partition("\n}\n")[0] for part in script.split("\nfunction ")[1:]
        }
        self._interfaces = {
            part[: part.index(" ")]: _properties(part.partition("\n}")[0])
            for part in declarations.split("\nexport interface ")[1:]
        }

    def constant(self, name: str) -> str:
        found = re.search(rf"""{name}(?: =|:) ["']([\w.]+)["']""", self._script)
        assert found is not None, name
        return found[1]

    def block(self) -> Json:
        """The block of the whole, with what can only be read."""
        head = re.search(r"\nclass (\w+) extends cdktn\.Terraform\w+ \{", self._script)
        assert head is not None
        body = self._script[head.end() :]
        block = self._block(body[body.index("synthesizeHclAttributes") :], f"{head[1]}Config", (), computed=True)
        for kind, read, nested in _COMPUTED.findall(body):
            name = read or nested
            if name not in block["attributes"] and name not in block["block_types"]:
                block["attributes"][name] = {"type": _READ_AS.get(kind, "dynamic"), "computed": True}
        return block

    def _block(self, body: str, interface: str, around: tuple[str, ...], *, computed: bool = False) -> Json:
        block: Json = {"attributes": {}, "block_types": {}}
        properties = self._interfaces.get(interface, {})
        for name, kind, storage in _FIELD.findall(body):
            required, type_script = properties.get(name, (False, ""))
            inner = storage.removesuffix("List") if kind in ("list", "set") else storage
            function = f"{inner[0].lower()}{inner[1:]}ToHclTerraform"
            if function in self._functions and function not in around:
                block["block_types"][name] = {
                    "nesting_mode": "single" if kind == "struct" else kind,
                    "block": self._block(self._functions[function], inner, (*around, function)),
                    "min_items": int(required),
                    "max_items": 0 if "[]" in type_script or kind == "struct" else 1,
                }
            else:
                block["attributes"][name] = {"type": _type(kind, storage)} | (
                    {"required": True}
                    if required
                    else {"optional": True} | ({"computed": True} if computed else {})
                )
        return block


def _properties(interface: str) -> dict[str, tuple[bool, str]]:
    """Of each argument, by Terraform's name, whether it is required and its type in TypeScript."""
    properties = {}
    name = ""
    for line in interface.split("\n"):
        linked = re.search(r"#(\w+) \w+#\w+\}", line)
        name = linked[1] if linked else name
        declared = re.match(r"    readonly \w+(\??): (.*);?$", line)
        if declared:
            properties[name] = (not declared[1], declared[2])
    return properties


def _type(kind: str, storage: str) -> Any:
    """The type as Terraform writes it; dynamic if the bindings do not say it."""
    if storage in _SIMPLE:
        return _SIMPLE[storage]
    of = next((simple for word, simple in _SIMPLE.items() if storage in (f"{word}List", f"{word}Map")), None)
    return [kind, of] if of is not None and kind in ("list", "set", "map") else "dynamic"


def _one_type_a_line(schemas: dict[str, Json]) -> str:
    def compact(value: object) -> str:
        return json.dumps(value, separators=(",", ":"), sort_keys=True)

    def lines(values: Json, form: Callable[[Any], str]) -> str:
        return "{\n" + ",\n".join(f"{compact(key)}:{form(value)}" for key, value in sorted(values.items())) + "\n}"

    def one(value: Any) -> str:
        return lines(value, compact) if isinstance(value, dict) and "attributes" not in value else compact(value)

    return lines(schemas, lambda schema: lines(schema, one)) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(_one_type_a_line(dict(extract(Path(wheel)) for wheel in sys.argv[1:])))
