"""aiohttp, imported without the certificates of the system, which only its client needs.

It reads them twice when it is imported, a seventh of a server's start. Whoever calls an endpoint by HTTPS here
brings a context with certificates.
"""

import os

_CERTIFICATES = "SSL_CERT_FILE"  # where OpenSSL looks for them

_before = os.environ.get(_CERTIFICATES)
os.environ[_CERTIFICATES] = os.devnull
try:
    import aiohttp
    from aiohttp import web
finally:
    if _before is None:
        del os.environ[_CERTIFICATES]
    else:
        os.environ[_CERTIFICATES] = _before

__all__ = ["aiohttp", "web"]
