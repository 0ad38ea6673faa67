"""What PostgreSQL keeps of a password, made here, so that the password itself never reaches a statement or a log.

Source: RFC 5802 and RFC 7677 (SCRAM-SHA-256), in PostgreSQL's form. Passwords are ASCII, which SASLprep leaves as they are.
"""
import base64
import hashlib
import hmac
import os

ITERATIONS, SALT_BYTES = 4096, 16


def scram_verifier(password, salt=None, iterations=ITERATIONS):
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored = hashlib.sha256(client).digest()
    told = [base64.b64encode(part).decode("ascii") for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{told[0]}${told[1]}:{told[2]}"
