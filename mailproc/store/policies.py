"""By which text was a case received? Every policy the desk has worked under, by its digest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from mailproc.cases.policy import Policy
from mailproc.store.database import Database, run
from mailproc.store.tables import CaseRow, PolicyRow, table

_policies, _cases = table(PolicyRow), table(CaseRow)
_ADD = insert(_policies)
_BODY = select(_policies.c.body).where(_policies.c.digest == bindparam("digest"))
_STAMPS = select(_cases.c.policy_digest, _cases.c.policy_id, _cases.c.policy_version).distinct()


def keep(database: Database, policy: Policy, now: datetime) -> None:
    """Store the policy of a desk that opens, once; what is stored is never changed."""
    with database.reading() as session:
        if run(session, _BODY, {"digest": policy.digest}).first() is not None:
            return
    stamp = policy.stamp
    values = {
        "digest": policy.digest,
        "id": stamp.id,
        "version": stamp.version,
        "body": policy.model_dump(mode="json", exclude_defaults=True),
        "kept_at": now,
    }
    try:
        with database.transaction() as session:
            run(session, _ADD, values)
    except IntegrityError:
        pass  # another daemon that opens at the same time was first


def body(session: Session, digest: str) -> dict[str, Any] | None:
    """Return what a policy says, as its file did."""
    found: dict[str, Any] | None = run(session, _BODY, {"digest": digest}).scalar()
    return found


def missing(session: Session) -> list[str]:
    """Name the policies of cases whose text is not there, or is not what its digest says."""
    found = []
    for digest, id, version in session.execute(_STAMPS):
        if not _is_sound(body(session, digest), digest):
            found.append(f"{id} {version} ({digest[:12]})")
    return sorted(found)


def _is_sound(written: dict[str, Any] | None, digest: str) -> bool:
    try:
        return written is not None and Policy.model_validate(written).digest == digest
    except ValidationError:
        return False
