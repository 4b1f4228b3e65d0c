"""Whom do we trust on the network? One TLS context, for both protocols, without a switch to weaken it."""

from __future__ import annotations

import ssl
from pathlib import Path


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return a context that checks certificate and host name and speaks TLS 1.2 or newer.

    `ca_file` replaces the system's authorities: a desk that names its own trusts nobody else. Raises
    OSError when the file cannot be read or holds no certificate.

    Source: RFC 8314 section 4.1 (TLS 1.2 at least), RFC 9525 (host name). There is no way to turn the
    check off (our choice): such switches outlive the test they were made for.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    return context
