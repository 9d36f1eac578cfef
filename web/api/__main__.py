"""Prints the description of the interface; `python -m web.api > docs/openapi.json` agrees on it as it is now."""

import json

from web.api.doors import description

if __name__ == "__main__":
    print(json.dumps(description.document(), ensure_ascii=False, indent=2))
