"""What is compiled: a module that calls the C library libargon2."""

from cffi import FFI

ffi = FFI()
ffi.cdef("""
    int argon2id_hash_encoded(
        uint32_t t_cost, uint32_t m_cost, uint32_t parallelism,
        const void *pwd, size_t pwdlen, const void *salt, size_t saltlen,
        size_t hashlen, char *encoded, size_t encodedlen);
    int argon2id_verify(const char *encoded, const void *pwd, size_t pwdlen);
""")
ffi.set_source("_argon2", "#include <argon2.h>", libraries=["argon2"])
