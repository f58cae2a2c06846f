"""A certificate authority that belongs to a test: what it signs, and when, is the test's choice."""

import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bramley_server import write_private

DAY = datetime.timedelta(days=1)


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def common_name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class TestAuthority:
    """An RSA CA, a root or below `issuer`; write_to() makes it a server's SCEP CA."""

    def __init__(self, name="Test CA", days=3650, begins_days_ago=1, issuer=None):
        self.key = new_key()
        begin = datetime.datetime.utcnow() - begins_days_ago * DAY
        self.certificate = (
            x509.CertificateBuilder().subject_name(common_name(name))
            .issuer_name(issuer.certificate.subject if issuer else common_name(name))
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(begin).not_valid_after(begin + days * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(key_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(issuer.key if issuer else self.key, hashes.SHA256()))

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def write_to(self, folder):
        write_private(os.path.join(folder, "scep-ca.key"), key_pem(self.key))
        write_private(os.path.join(folder, "scep-ca.pem"), self.pem())

    def sign_request(self, request_pem, days=365, begins_days_ago=1):
        """The request's subject and key, certified: what SCEP would hand out."""
        request = x509.load_pem_x509_csr(request_pem.encode())
        return self.certify(request.public_key(), request.subject, days, begins_days_ago)

    def certify(self, public_key, subject, days=365, begins_days_ago=1):
        begin = datetime.datetime.utcnow() - begins_days_ago * DAY
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self.certificate.subject)
            .public_key(public_key).serial_number(x509.random_serial_number())
            .not_valid_before(begin).not_valid_after(begin + days * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .sign(self.key, hashes.SHA256()))


def server_certificate(folder, name="localhost"):
    """A self-signed pair for TLS: the paths of the certificate and the key."""
    key = new_key()
    begin = datetime.datetime.utcnow() - DAY
    certificate = (
        x509.CertificateBuilder().subject_name(common_name(name)).issuer_name(common_name(name))
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(begin).not_valid_after(begin + 90 * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256()))
    paths = os.path.join(folder, "tls.pem"), os.path.join(folder, "tls.key")
    write_private(paths[0], certificate.public_bytes(serialization.Encoding.PEM).decode())
    write_private(paths[1], key_pem(key))
    return paths


def key_usage(ca):
    return x509.KeyUsage(digital_signature=True, content_commitment=False, key_encipherment=True,
                         data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca,
                         encipher_only=False, decipher_only=False)
