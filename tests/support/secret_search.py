"""Looks for secrets in files, in every dress that a program is likely to give them: raw, hex, base64 and base64url at any
alignment, and the lines of PEM."""

import base64
import sqlite3
import textwrap

from cryptography.hazmat.primitives import serialization

# A long secret is looked for in pieces: a database may store it in parts.
PIECE = 32


def pieces(secret):
    """The secret, cut; a short rest is covered by the piece that ends with it."""
    if len(secret) <= PIECE:
        return [secret]
    starts = [*range(0, len(secret) - PIECE, PIECE), len(secret) - PIECE]
    return [secret[start:start + PIECE] for start in starts]


def base64_forms(piece):
    """What of its base64 does not depend on what stands before and after it."""
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + piece)
        text = text[(offset * 8 + 5) // 6:(offset + len(piece)) * 8 // 6]
        yield text
        yield text.replace(b"+", b"-").replace(b"/", b"_")


def forms(secret):
    """Every byte string that gives the secret away."""
    found = set()
    for piece in pieces(secret):
        found |= {piece, piece.hex().encode(), piece.hex().upper().encode(), *base64_forms(piece)}
    return found


def big_endian(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def key_forms(key):
    """The same of an RSA key: its private numbers (the public ones are in certificates), and the PEM lines that hold
    nothing else."""
    numbers = key.private_numbers()
    found = set()
    for number in (numbers.p, numbers.q, numbers.d, numbers.dmp1, numbers.dmq1, numbers.iqmp):
        found |= forms(big_endian(number))
    public_end = big_endian(numbers.public_numbers.n)
    for encoding in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        der = key.private_bytes(serialization.Encoding.DER, encoding, serialization.NoEncryption())
        after = der.index(public_end) + len(public_end)
        lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
        found |= {line.encode() for number, line in enumerate(lines) if number * 48 > after and len(line) == 64}
    return found


def dump(path):
    """The SQL text of a database, with what its journal holds."""
    connection = sqlite3.connect(path)
    # Columns of text may hold bytes that are none.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        return "\n".join(connection.iterdump()).encode("utf-8", "surrogateescape")
    finally:
        connection.close()


def found_in(content, needles):
    """The needles that are there, by name: {name: needles} in, names out."""
    return sorted(name for name, wanted in needles.items() if any(needle in content for needle in wanted))
