"""Prints an empty catalog: every text of the wizard, to be translated. python -m tests.language > de.json

A text that stays empty is shown in English.
"""

from __future__ import annotations

import json

from tests.language.catalog import catalog

print(json.dumps(catalog(lambda _text: ""), ensure_ascii=False, indent=1))
