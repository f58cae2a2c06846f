"""Our property list reader against Python's plistlib, on documents that plistlib wrote and on the same ones damaged.

Whatever plistlib writes, we read as it does. Whatever we accept of the damaged ones, plistlib accepts and reads the
same: we may be stricter than it, never more lenient. Usage: plistlib_agreement_test.py PLIST_DUMP
"""

import datetime
import plistlib
import random
import struct
import subprocess
import sys

EPOCH = datetime.datetime(1970, 1, 1)


def dump(value):
    if value is True or value is False:
        return "T" if value else "F"
    if isinstance(value, int):
        return "i%d" % value
    if isinstance(value, float):
        return "r%.17g" % value
    if isinstance(value, str):
        return "s" + value.encode("utf-8").hex()
    if isinstance(value, bytes):
        return "b" + value.hex()
    if isinstance(value, datetime.datetime):
        return "d%d" % ((value - EPOCH) // datetime.timedelta(seconds=1))
    if isinstance(value, list):
        return "[" + "".join(dump(item) + "," for item in value) + "]"
    if isinstance(value, dict):
        pairs = (key.encode("utf-8").hex() + ":" + dump(item) + "," for key, item in value.items())
        return "{" + "".join(pairs) + "}"
    raise TypeError(type(value))


def random_text(rng):
    alphabet = "abc &<>\"'\t\n]é€😀א"
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(12)))


def random_value(rng, depth=0):
    kinds = ["text", "int", "bool", "real", "data", "date"] + (["array", "dict"] * 2 if depth < 5 else [])
    kind = rng.choice(kinds)
    if kind == "text":
        return random_text(rng)
    if kind == "int":
        return rng.choice([0, 1, -1, 255, 256, 65536, 2**31, 2**32, 2**63 - 1, -(2**63), 2**64 - 1, rng.getrandbits(40)])
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "real":
        return rng.choice([0.0, -0.5, 0.1, 1e300, 5e-324, rng.random() * 1e6])
    if kind == "data":
        return rng.randbytes(rng.randrange(60))
    if kind == "date":
        return EPOCH + datetime.timedelta(seconds=rng.randrange(-62135596800, 253402300799))
    if kind == "array":
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(6))]
    return {random_text(rng): random_value(rng, depth + 1) for _ in range(rng.randrange(6))}


SCRAPS = [b"<key>", b"</key>", b"<dict>", b"</dict>", b"<array/>", b"<true/>", b"<string>", b"</string>", b"&amp;",
          b"&#65;", b"&#0;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"\x00", b"\xff", b"\xc3", b"=", b"\r\n", b"\r", b"-",
          b"0x1F", b"99999999999999999999", b"<?x y?>", b" ", b"Z", b"/", b">", b"\"", b"</plist>"]


def damaged(rng, document):
    document = bytearray(document)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(document) + 1)
        action = rng.randrange(4)
        if action == 0 and at < len(document):
            document[at] = rng.randrange(256)
        elif action == 1:
            del document[at:at + rng.randrange(1, 8)]
        elif action == 2:
            document[at:at] = rng.choice(SCRAPS)
        else:
            piece = bytes(document[at:at + rng.randrange(1, 40)])
            document[rng.randrange(len(document) + 1):0] = piece
    return bytes(document)


def damaged_body(rng, document):
    """What stands before <plist> says nothing about the value, and we do not check all of its fine print."""
    body = document.find(b"<plist")
    return document[:body] + damaged(rng, document[body:]) if body > 0 else damaged(rng, document)


def read_by_plistlib(document):
    try:
        return dump(plistlib.loads(document))
    except Exception:  # whatever it is, plistlib did not read the document
        return None


def run(program, documents):
    stream = b"".join(struct.pack(">I", len(document)) + document for document in documents)
    result = subprocess.run([program], input=stream, stdout=subprocess.PIPE, check=True, timeout=300)
    lines = result.stdout.decode("ascii").splitlines()
    assert len(lines) == len(documents), (len(lines), len(documents))
    return lines


def check_written(rng, program, count):
    documents, expected = [], []
    for _ in range(count):
        value = random_value(rng)
        for form in (plistlib.FMT_XML, plistlib.FMT_BINARY):
            documents.append(plistlib.dumps(value, fmt=form, sort_keys=False))
            expected.append(dump(plistlib.loads(documents[-1])))
    for document, line, want in zip(documents, run(program, documents), expected):
        assert line == want, "\n%r\n ours   %s\n theirs %s" % (document, line, want)


def check_damaged(rng, program, count):
    documents = []
    for _ in range(count):
        form = rng.choice((plistlib.FMT_XML, plistlib.FMT_BINARY))
        documents.append(damaged_body(rng, plistlib.dumps(random_value(rng), fmt=form)))
    accepted = 0
    for document, line in zip(documents, run(program, documents)):
        if line.startswith("refused"):
            continue
        accepted += 1
        theirs = read_by_plistlib(document)
        assert line == theirs, "\n%r\n ours   %s\n theirs %s" % (document, line, theirs)
    # Damage that is always refused would compare nothing.
    assert accepted > count // 50, accepted
    return accepted


def main():
    program = sys.argv[1]
    rng = random.Random(20261124)
    check_written(rng, program, 500)
    accepted = check_damaged(rng, program, 6000)
    print("agreed on 1000 documents and on 6000 damaged ones, %d of which were still good" % accepted)


if __name__ == "__main__":
    main()
