"""What do editors need to complete and check config/mailproc.yaml? Its JSON schema, printed.

python -m mailproc.config > config/mailproc.schema.json
"""

from __future__ import annotations

import json
import sys

from mailproc.config import schema

if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")
