"""An RSA key for assertions, made by openssl; signatures are checked by hand."""

import base64
import hashlib
import json
import subprocess


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class RsaKey:
    def __init__(self, pem, modulus):
        self.pem, self._modulus = pem, modulus

    @staticmethod
    def create():
        pem = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                             check=True, capture_output=True).stdout
        modulus = subprocess.run(["openssl", "rsa", "-noout", "-modulus"], input=pem, check=True,
                                 capture_output=True).stdout
        return RsaKey(pem.decode(), int(modulus.decode().strip().partition("=")[2], 16))

    def claims_of(self, assertion):
        """The claims of a JWT that this key signed (RS256), or None."""
        try:
            head, claims, signature = assertion.split(".")
            if json.loads(_decode(head)).get("alg") != "RS256":
                return None
            size = (self._modulus.bit_length() + 7) // 8
            found = pow(int.from_bytes(_decode(signature), "big"), 65537, self._modulus).to_bytes(size, "big")
            digest = hashlib.sha256(f"{head}.{claims}".encode()).digest()
            info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
            wanted = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
            return json.loads(_decode(claims)) if found == wanted else None
        except (ValueError, TypeError):
            return None
