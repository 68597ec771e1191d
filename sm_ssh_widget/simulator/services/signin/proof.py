"""Proof of possession of a client's key (RFC 9449): checked, and identified by its thumbprint (RFC 7638)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256


def thumbprint_of(proof: str, origin: str) -> str | None:
    """Return the thumbprint of the key of a proof for the token address of ``origin``; ``None`` for an invalid one."""
    try:
        head, claims, signature = proof.split(".")
        header, told = json.loads(_decoded(head)), json.loads(_decoded(claims))
        key = _key(header["jwk"])
        raw = _decoded(signature)
        halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(utils.encode_dss_signature(*halves), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None
    said = (header.get("typ"), header.get("alg"), told.get("htm"), told.get("htu"))
    return _thumbprint(header["jwk"]) if said == ("dpop+jwt", "ES256", "POST", f"{origin}/v1/token") else None


def _key(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    """Return the key. Raises ValueError for a coordinate that is not whole (RFC 7518 section 6.2.1.2)."""
    curve = ec.SECP256R1()
    coordinates = [_decoded(jwk[name]) for name in ("x", "y")]
    if any(len(part) * 8 != curve.key_size for part in coordinates):
        raise ValueError("A coordinate has another length than the curve.")
    x, y = (int.from_bytes(part, "big") for part in coordinates)
    return ec.EllipticCurvePublicNumbers(x, y, curve).public_key()


def _thumbprint(jwk: dict[str, Any]) -> str:
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).hexdigest()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
