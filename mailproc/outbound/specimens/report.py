"""What stands in an imagined report?"""

from __future__ import annotations

from decimal import Decimal

from mailproc.outbound.figure_table import Row, Section, Unit

SECTIONS = (
    Section(
        name="complaints",
        rows=(
            Row(name="open_at_start", value=14, before=11),
            Row(name="received", value=31, before=24),
            Row(name="decided", value=27, before=21),
            Row(name="reopened", value=2, before=0),
            Row(name="closed", value=19, before=20),
            Row(name="open_at_end", value=20, before=14),
            Row(name="spam", value=3, before=1),
            Row(name="merged", value=1, before=0),
            Row(name="silent", value=0, before=5),
        ),
    ),
    Section(
        name="times",
        rows=(
            Row(name="acknowledged_median", value=0.1, before=0.1, unit=Unit.HOURS),
            Row(name="acknowledged_ninetieth", value=1.4, before=0.6, unit=Unit.HOURS),
            Row(name="decided_median", value=76.5, before=81.0, unit=Unit.HOURS),
            Row(name="decided_ninetieth", value=199.2, before=None, unit=Unit.HOURS),
        ),
    ),
    Section(
        name="clocks",
        rows=(
            Row(name="due", of="ack", value=31, before=24),
            Row(name="in_time", of="ack", value=1.0, before=0.96, unit=Unit.SHARE),
            Row(name="late", of="s1.decide", value=2, before=1),
            Row(name="owed", of="decide", value=1, before=0),
        ),
    ),
    Section(
        name="handling",
        rows=(
            Row(name="escalated", value=4, before=1),
            Row(name="escalation_rate", value=4 / 31, before=1 / 24, unit=Unit.SHARE),
            Row(name="handed_on", value=6, before=7),
        ),
    ),
    Section(
        name="categories",
        rows=(
            Row(of="quality", value=12, before=5, rises=True),
            Row(of="delay", value=8, before=9),
            Row(of="", value=11, before=10),
        ),
    ),
    Section(name="outcomes", rows=(Row(of="partly_upheld", value=15, before=12),)),
    Section(name="causes", rows=(Row(of="quality", value=11, before=4, rises=True),)),
    Section(name="remedies", rows=(Row(of="refund", value=9, before=8),)),
    Section(
        name="amounts", rows=(Row(of="EUR", value=Decimal("412.50"), before=Decimal(300), unit=Unit.MONEY),)
    ),
    Section(
        name="satisfaction",
        rows=(
            Row(name="asked", value=22, before=18),
            Row(name="answers", value=9, before=6),
            Row(name="satisfied", value=7 / 9, before=0.5, unit=Unit.SHARE),
            Row(name="mean", value=4.2, before=3.5, unit=Unit.SCORE),
        ),
    ),
    Section(
        name="teams",
        rows=(
            Row(name="received", of="Kettles and everything else that boils", value=20, before=18),
            Row(name="breached", of="", value=1, before=0),
        ),
    ),
    Section(name="mailboxes", rows=(Row(name="received", of="main", value=31, before=24),)),
)
