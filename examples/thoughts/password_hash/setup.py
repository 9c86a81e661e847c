from setuptools import setup

setup(
    name="password-hash",
    version="1.0.0",
    py_modules=["password_hash"],
    cffi_modules=["build_argon2.py:ffi"],
    install_requires=["cffi"],
)
