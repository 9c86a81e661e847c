"""Password hashes: Argon2id, with the parameters that OWASP's Password Storage Cheat Sheet has first."""

import os

from _argon2 import ffi, lib

ITERATIONS = 2
KIBIBYTES = 19 * 1024
LANES = 1
SALT_BYTES = 16
HASH_BYTES = 32
ENCODED_BYTES = 128


def hash_password(password: str) -> str:
    """The hash in its encoded form, which holds the parameters and a salt of its own."""
    secret = password.encode()
    salt = os.urandom(SALT_BYTES)
    encoded = ffi.new("char[]", ENCODED_BYTES)
    error = lib.argon2id_hash_encoded(
        ITERATIONS, KIBIBYTES, LANES, secret, len(secret), salt, len(salt),
        HASH_BYTES, encoded, ENCODED_BYTES,
    )
    if error:
        raise RuntimeError(f"argon2id_hash_encoded: error {error}")
    return ffi.string(encoded).decode()


def is_password(password: str, encoded: str) -> bool:
    """Whether the hash is this password's."""
    secret = password.encode()
    return lib.argon2id_verify(encoded.encode(), secret, len(secret)) == 0
