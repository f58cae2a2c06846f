"""Certificates as a test wants them, good and bad: for TLS servers, for pushes, for signatures."""

import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bramley_server import write_private
from test_authority import key_pem, new_key

DAY = datetime.timedelta(days=1)
TOPIC = "com.apple.mgmt.External.0b5c2a14-4a2c-4f8b-9d11-6a8e2b4a7c01"


def pem(*certificates):
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def tls_certificate(issuer, key, names=("mdm.example.com",), days=90, begins_days_ago=1, usage=True,
                    digest=hashes.SHA256()):
    """A TLS server's certificate below `issuer` (a TestAuthority)."""
    begin = datetime.datetime.utcnow() - begins_days_ago * DAY
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]))
        .issuer_name(issuer.certificate.subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin).not_valid_after(begin + days * DAY))
    if names:
        entries = [x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
                   for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(entries), critical=False)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer.key, digest)


def push_certificate(key, topic=TOPIC, days=365, begins_days_ago=1, issuer=None):
    """As Apple's portal gives it out; signed by `issuer` (a TestAuthority) or by itself."""
    begin = datetime.datetime.utcnow() - begins_days_ago * DAY
    subject = x509.Name([x509.NameAttribute(NameOID.USER_ID, topic),
                         x509.NameAttribute(NameOID.COMMON_NAME, "APSP:test")])
    return (
        x509.CertificateBuilder().subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin).not_valid_after(begin + days * DAY)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(issuer.key if issuer else key, hashes.SHA256()))


def weak_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def write_pair(folder, name, certificates, key):
    """NAME.pem and NAME.key, both 0600; their paths."""
    paths = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
    write_private(paths[0], pem(*certificates))
    write_private(paths[1], key_pem(key))
    return paths


def write_push_pair(credentials_dir, key, certificate, topic=TOPIC):
    """Into the directory `push` of a server's credentials."""
    folder = os.path.join(credentials_dir, "push")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return write_pair(folder, topic, [certificate], key)


__all__ = ["TOPIC", "new_key", "pem", "push_certificate", "tls_certificate", "weak_key", "write_pair",
           "write_push_pair"]
