"""An MDM vendor's certificates as Apple would issue them, and openssl(1) for the steps that the program does too."""

import base64
import datetime
import os
import plistlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from bramley_server import write_private
from test_authority import DAY, common_name, key_pem, new_key

VENDOR_MARKER = "1.2.840.113635.100.4.12"


def openssl(*arguments, data=None, check=True):
    """What it prints, as bytes."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


def certificate(subject, key, issuer, issuer_key, is_ca=False, marker=False, begins=-1, days=365):
    begin = datetime.datetime.utcnow() + begins * DAY
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(begin + days * DAY)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True))
    if marker:
        oid = x509.ObjectIdentifier(VENDOR_MARKER)
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, b"\x05\x00"), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


class VendorPki:
    """root.pem, wwdr.pem, vendor.pem and vendor.key in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.root_key, self.wwdr_key, self.vendor_key = new_key(), new_key(), new_key()
        self.root = certificate(common_name("Root CA"), self.root_key, common_name("Root CA"), self.root_key, is_ca=True,
                                days=3650)
        self.wwdr_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Developer Relations"),
                                    x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "G3")])
        self.wwdr = self.issue_wwdr()
        self.vendor = self.issue_vendor()
        for name, value in (("root", self.root), ("wwdr", self.wwdr), ("vendor", self.vendor)):
            self.write(name + ".pem", value)
        write_private(self.path("vendor.key"), key_pem(self.vendor_key))

    def issue_wwdr(self, **terms):
        return certificate(self.wwdr_name, self.wwdr_key, self.root.subject, self.root_key, is_ca=True, **terms)

    def issue_vendor(self, marker=True, key=None, name=None, **terms):
        return certificate(name or common_name("MDM Vendor: Example"), key or self.vendor_key, self.wwdr_name,
                           self.wwdr_key, marker=marker, **terms)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, value):
        """A certificate as a file; its path."""
        with open(self.path(name), "wb") as file:
            file.write(value.public_bytes(serialization.Encoding.PEM))
        return self.path(name)

    def flags(self):
        """What makes the program sign with it."""
        return ["--cert", self.path("vendor.pem"), "--key", self.path("vendor.key"), "--intermediate",
                self.path("wwdr.pem"), "--root", self.path("root.pem"), "--any-root"]

    def chain_pem(self, *certificates):
        chosen = certificates or (self.vendor, self.wwdr, self.root)
        return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in chosen)

    def request_by_openssl(self, csr, digest="sha256", chain=None, key=None, **changes):
        """The three strings of a .req, made without the program: a dictionary."""
        der = openssl("req", "-in", csr, "-outform", "DER")
        signature = openssl("dgst", "-" + digest, "-sign", key or self.path("vendor.key"), data=der)
        values = {"PushCertRequestCSR": base64.b64encode(der).decode(),
                  "PushCertCertificateChain": self.chain_pem() if chain is None else chain,
                  "PushCertSignature": base64.b64encode(signature).decode()}
        values.update(changes)
        return {key: value for key, value in values.items() if value is not None}


def encoded(dictionary):
    """The .req of a dictionary."""
    return base64.b64encode(plistlib.dumps(dictionary))


def make_csr(path, subject="/O=Customer/emailAddress=mdm@customer.example", key=None, kind="rsa:2048"):
    """A request by openssl, with a new key beside it (path.key) unless there is one. PEM."""
    keys = ["-key", key] if key else ["-newkey", kind, "-noenc", "-keyout", path + ".key"]
    openssl("req", "-new", *keys, "-subj", subject, "-out", path)
    return path
