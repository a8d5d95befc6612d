"""What the script of a saved page reads."""

import base64
import gzip
import json
import re


def mounted(file: str) -> list[dict]:
    """Its components and their data."""
    found = re.search(r'<script type="text/plain" id="shown">(.*?)</script>', file)
    assert found
    return json.loads(gzip.decompress(base64.b64decode(found[1])))["mounted"]
