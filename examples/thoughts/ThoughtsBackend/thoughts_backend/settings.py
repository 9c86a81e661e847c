"""What is set from outside. A secret is given as NAME, or as a file named by NAME_FILE."""

import os
import sys
from pathlib import Path

MIN_TOKEN_KEY = 32


def setting(name: str) -> str:
    """The value; the program ends where there is none."""
    file = os.environ.get(f"{name}_FILE")
    value = Path(file).read_text().strip() if file else os.environ.get(name, "")
    if not value:
        sys.exit(f"{file or name} is empty: set {name}")
    return value


def token_key() -> str:
    """Signs the tokens."""
    key = setting("TOKEN_KEY")
    if len(key) < MIN_TOKEN_KEY:
        sys.exit(f"TOKEN_KEY has {len(key)} characters: set {MIN_TOKEN_KEY} or more")
    return key


def database_url() -> str:
    """As SQLAlchemy has it; libpq, the driver's library, takes the password from its own variable."""
    url = setting("DATABASE_URL")
    if url.startswith("postgresql"):
        os.environ["PGPASSWORD"] = setting("POSTGRES_PASSWORD")
    return url


def admin_password() -> str:
    """Of the first administrator."""
    return setting("ADMIN_PASSWORD")
