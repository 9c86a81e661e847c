"""The tokens that say who somebody is: https://www.rfc-editor.org/rfc/rfc7519."""

from datetime import datetime, timedelta, timezone

import jwt

ALGORITHM = "HS256"
VALID_FOR = timedelta(hours=12)


class InvalidToken(Exception):
    """Why a token, or the header that should have one, is refused."""


def token_for(username: str, key: str) -> str:
    expires = datetime.now(timezone.utc) + VALID_FOR
    return jwt.encode({"username": username, "exp": expires}, key, ALGORITHM)


def username_in(header: str | None, key: str) -> str:
    """Who the header `Authorization: Bearer <token>` is of."""
    if not header:
        raise InvalidToken("no Authorization header")
    scheme, _, token = header.partition(" ")
    if scheme != "Bearer":
        raise InvalidToken("the Authorization header does not begin with Bearer")
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"require": ["exp", "username"]},
        )
    except jwt.InvalidTokenError as error:
        raise InvalidToken(str(error)) from error
    return claims["username"]
