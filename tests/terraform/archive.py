"""What the data source archive_file does: it packs a folder, the same each time."""

import base64
import fnmatch
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any


def made_archive(configuration: dict[str, Any]) -> dict[str, Any]:
    """Write the archive that this configuration asks for; its answer has what the examples read."""
    folder = Path(configuration["source_dir"])
    excludes = configuration.get("excludes") or []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_file() and not any(fnmatch.fnmatch(name, pattern) for pattern in excludes):
                archive.writestr(zipfile.ZipInfo(name), path.read_bytes())
    target = Path(configuration["output_path"])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed.getvalue())
    digest = hashlib.sha256(packed.getvalue())
    return {
        **configuration,
        "id": digest.hexdigest(),
        "output_base64sha256": base64.b64encode(digest.digest()).decode(),
        "output_sha256": digest.hexdigest(),
        "output_size": len(packed.getvalue()),
    }
