#!/usr/bin/env python3
"""The binary may need only the shared libraries listed here: each is one more thing to install, to load and to trust.
A release is no larger than 15 MB when it is stripped, as packages are.

usage: check_libraries.py BINARY [--release]
"""

import os
import re
import subprocess
import sys
import tempfile

ALLOWED = re.compile(
    r"(ld-linux-.*|libc|libm|libgcc_s|libstdc\+\+"  # the system's and the language's own
    r"|libcrypto|libssl|libcurl|libnghttp2|libplist-2\.0"
    r"|libsoci_core|libsoci_sqlite3|libsqlite3|libyaml-cpp|libspdlog|libfmt|libprometheus-cpp-core)\.so(\.[0-9.]+)?")

LARGEST = 15_000_000


def needed(binary):
    """The direct dependencies (NEEDED entries), as the dynamic loader will look for them."""
    listing = subprocess.run(["objdump", "--private-headers", binary], capture_output=True, text=True, check=True)
    return re.findall(r"^\s+NEEDED\s+(\S+)$", listing.stdout, re.MULTILINE)


def stripped_size(binary):
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "stripped")
        subprocess.run(["strip", "--strip-all", "-o", stripped, binary], check=True)
        return os.path.getsize(stripped)


def main():
    too_large = False
    if "--release" in sys.argv:
        size = stripped_size(sys.argv[1])
        too_large = size > LARGEST
        print(f"{size:,} bytes when stripped; {LARGEST:,} are allowed")
    found = needed(sys.argv[1])
    wrong = [name for name in found if not ALLOWED.fullmatch(name)]
    for name in wrong:
        print(f"{sys.argv[1]} needs {name}, which the list in tests/lint/check_libraries.py does not allow")
    print(f"{len(found)} needed libraries, {len(wrong)} not allowed")
    # A binary that needs nothing was not read rightly.
    return 1 if wrong or not found or too_large else 0


if __name__ == "__main__":
    sys.exit(main())
