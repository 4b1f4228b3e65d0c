"""What is known of the imagined case in every language? Its days, numbers, names and files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType

from mailproc.outbound.specimens.report import SECTIONS
from mailproc.outbound.specimens.shapes import Duty, File

DUE = datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)

VALUES: Mapping[str, object] = MappingProxyType(
    {
        "desk_address": "complaints@example.com",
        "desk_phone": "+36 1 555 0142",
        "reference": "C-7F3K-9QXT",
        "received_on": datetime(2026, 11, 22, 9, 15, tzinfo=UTC),
        "decide_by": date(2026, 11, 24),
        "first": date(2026, 11, 16),
        "last": date(2026, 11, 22),
        "sections": SECTIONS,
        "reopen_until": date(2026, 12, 22),
        "answer_by": date(2026, 11, 30),
        "outcome": "partly_upheld",
        "need": "amount",
        "limit": "40 EUR",
        "category": "quality",
        "cause": "quality",
        "remedy": "refund",
        "amount": "49 EUR",
        "score_address": "complaints+r1abcdefgh2345klmnopqrstuvwxyz234567@example.com",
        "agent_name": "Bea Baker",
        "author": "Carl Cook",
        "severity": "high",
        "priority": "urgent",
        "hand_offs": 2,
        "level": "lead",
        "asked": True,
        "again": False,
        "outside": "Lab Ltd",
        "customer_name": "Ann Archer",
        "customer_email": "ann.archer@customer.example",
        "does": "answer",
        "authenticated": True,
        "stranger": None,
        "participant": None,
        "deeds": ("noted",),
        "kind": "noted",
        "left_out": 0,
        "duties": (Duty(id="decide", due_at=DUE),),
        "due_at": DUE,
        "stood_since": datetime(2026, 11, 22, 16, 4, tzinfo=UTC),
        "stood_until": datetime(2026, 11, 25, 8, 31, tzinfo=UTC),
        "count": 8,
        "more": ("C-2222-2222", "C-9QXT-7F3K"),
        "status": "open",
        "stage": None,
        "owner": "Bea Baker",
        "contacts": 2,
        "is_copy": False,
        "participants": ("adam.archer@customer.example", "advice@law.example"),
        "copied": ("advice@law.example",),
        "attachments": (
            File(name="kettle.jpg", size=1_240_000, state="attached"),
            File(name="video of the leak.mp4", size=48_300_000, state="too_large"),
            File(name="invoice.pdf.exe", size=310_000, state="blocked"),
        ),
        "commands": ("#note text", "#take", "#resolve upheld cause=quality remedy=refund", "#help"),
    }
)
