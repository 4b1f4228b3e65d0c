"""No job handles a case by the policy that the desk has now; only a new case begins under it."""

from __future__ import annotations

import ast
from pathlib import Path

JOBS = Path(__file__).parents[2] / "mailproc" / "jobs"


def uses_of_the_present_policy() -> list[str]:
    found = []
    for file in sorted(JOBS.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        allowed = {
            id(argument)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "open_case"
            for argument in call.args
        }
        # On which days the desk works is no rule for any case, and neither is what a digest calls often.
        allowed |= {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == "calendar"
        }
        allowed |= {
            id(node.value.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr == "hand_offs" and file.name == "digest.py"
            if isinstance(node.value, ast.Attribute)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "policy" and id(node) not in allowed:
                owner = node.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                if name == "desk" and not (isinstance(owner, ast.Attribute) and owner.attr == "config"):
                    found.append(f"{file.relative_to(JOBS)}:{node.lineno}")
    return found


def test_a_job_reads_a_case_by_the_policy_of_its_receipt():
    assert uses_of_the_present_policy() == []
