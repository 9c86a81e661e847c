from datetime import datetime, timedelta, timezone

import jwt
import pytest

from thoughts_backend.tokens import InvalidToken, token_for, username_in

from .conftest import KEY

IN_AN_HOUR = datetime.now(timezone.utc) + timedelta(hours=1)
AN_HOUR_AGO = IN_AN_HOUR - timedelta(hours=2)


def refused(header, match):
    with pytest.raises(InvalidToken, match=match):
        username_in(header, KEY)


def bearer(claims, key=KEY, algorithm="HS256"):
    return f"Bearer {jwt.encode(claims, key, algorithm)}"


def test_a_token_tells_who_it_was_made_for():
    assert username_in(f"Bearer {token_for('ada', KEY)}", KEY) == "ada"


def test_no_header_is_refused():
    refused(None, "no Authorization header")


def test_another_scheme_is_refused():
    refused(f"Basic {token_for('ada', KEY)}", "does not begin with Bearer")


def test_what_is_no_token_is_refused():
    refused("Bearer of bad news", "Not enough segments")


def test_a_token_that_never_expires_is_refused():
    refused(bearer({"username": "ada"}), 'missing the "exp" claim')


def test_an_expired_token_is_refused():
    refused(bearer({"username": "ada", "exp": AN_HOUR_AGO}), "has expired")


def test_a_token_of_nobody_is_refused():
    refused(bearer({"exp": IN_AN_HOUR}), 'missing the "username" claim')


def test_a_token_of_another_key_is_refused():
    claims = {"username": "ada", "exp": IN_AN_HOUR}
    refused(bearer(claims, key="x" * 32), "Signature verification failed")


def test_a_token_without_signature_is_refused():
    claims = {"username": "ada", "exp": IN_AN_HOUR}
    refused(bearer(claims, None, "none"), "alg value is not allowed")
