from __future__ import annotations

import re
from pathlib import Path

from server.console.scoring import REQUEST_FIELDS

PAGE = Path(__file__).resolve().parents[3] / "server" / "console" / "assets" / "console.js"


def test_the_form_sends_fields_that_requests_may_have() -> None:
    form = PAGE.read_text("utf-8").partition("function rollout()")[2].partition("return asked;\n}")[0]
    asked = form.partition("const asked = {")[2].partition("};")[0]
    sent = {*re.findall(r"(\w+): (?:at|golds|Number)|(ground_truth):", asked)}
    names = {name for pair in sent for name in pair if name} | set(re.findall(r"asked\.(\w+) =", form))
    assert {"recipe", "completion", "ground_truth", "logprobs"} <= names <= REQUEST_FIELDS.keys()
