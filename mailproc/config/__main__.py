"""What do editors need to complete and check the YAML files of config/? Their JSON schemas, printed.

python -m mailproc.config > config/mailproc.schema.json
python -m mailproc.config people > config/people.schema.json
"""

from __future__ import annotations

import json
import sys

from mailproc.config import people_schema, schema

if __name__ == "__main__":
    wanted = people_schema() if sys.argv[1:] == ["people"] else schema()
    sys.stdout.write(json.dumps(wanted, indent=2) + "\n")
