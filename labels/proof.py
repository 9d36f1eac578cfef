"""What a hand-over list says of itself in its codes, for those who scan one and draw none."""

PROOF_VERSION, PROOF_DIGITS = "TM1", 32


def manifest_proof(code: str, digest: str) -> str:
    """What the QR code of every page says: version, the list's code, and the first 128 bits of its digest."""
    return f"{PROOF_VERSION}.{code}.{digest[:PROOF_DIGITS].upper()}"
