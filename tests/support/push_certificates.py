"""Push certificates as Apple's portal would give them out, but for who signed them."""

import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from bramley_server import write_private
from test_authority import DAY, key_pem, new_key

TOPIC = "com.apple.mgmt.External.0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
MDM_VENDOR = "1.2.840.113635.100.4.12"
APP_PUSH = "1.2.840.113635.100.6.3.1"


class PushPair:
    """A certificate and the key that it was asked for with."""

    def __init__(self, topic=TOPIC, days=365, begins_days_ago=1, key=None, extension=None):
        self.topic = topic
        self.key = key or new_key()
        name = x509.Name([x509.NameAttribute(NameOID.USER_ID, topic),
                          x509.NameAttribute(NameOID.COMMON_NAME, "APSP:test"),
                          x509.NameAttribute(NameOID.COUNTRY_NAME, "US")])
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - begins_days_ago * DAY)
                   .not_valid_after(now + days * DAY))
        if extension:
            builder = builder.add_extension(
                x509.UnrecognizedExtension(x509.ObjectIdentifier(extension), b"\x05\x00"), critical=False)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def key_pem(self):
        return key_pem(self.key)

    def fingerprint(self):
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def write_to(self, folder, stem=None):
        """What `bramley push-cert import` leaves in a credentials directory."""
        push = os.path.join(folder, "push")
        os.makedirs(push, mode=0o700, exist_ok=True)
        write_private(os.path.join(push, (stem or self.topic) + ".key"), self.key_pem())
        write_private(os.path.join(push, (stem or self.topic) + ".pem"), self.pem())
        return self
