"""What the released application must do, asked as its users ask: by HTTP."""

import json
import os
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from thoughts_backend.settings import admin_password

URL = os.environ["APP_URL"]
SOMEBODY = {"username": "somebody", "password": "for a moment"}


class Client:
    """Who asks. An object, because a failed assertion shows what is in it, and shows no tokens so."""

    def __init__(self, token=None):
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None):
        """The status and the JSON of the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(URL + path, data, self.headers, method=method)
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except HTTPError as error:
            return error.code, json.loads(error.read())


anybody = Client()


def logged_in(credentials):
    status, answer = anybody.ask("POST", "/api/login/", credentials)
    assert status == 200
    return Client(answer["token"])


@pytest.fixture
def admin():
    return logged_in({"username": "admin", "password": admin_password()})


@pytest.fixture
def somebody(admin):
    """A user who is there for one test."""
    assert admin.ask("POST", "/admin/users/", SOMEBODY)[0] == 201
    yield logged_in(SOMEBODY)
    admin.ask("DELETE", "/admin/users/somebody/")


def found(words):
    status, thoughts = anybody.ask("GET", f"/api/thoughts/?search={quote(words)}")
    assert status == 200
    return [thought["text"] for thought in thoughts]


def test_a_thought_can_be_found(somebody):
    thought = {"text": "Größe is no matter of case"}
    assert somebody.ask("POST", "/api/me/thoughts/", thought)[0] == 201
    assert found("GRÖSSE IS") == []
    assert found("GRÖßE IS") == ["Größe is no matter of case"]


def test_own_thoughts_need_a_token(somebody):
    assert somebody.ask("GET", "/api/me/thoughts/") == (200, [])
    assert anybody.ask("GET", "/api/me/thoughts/")[0] == 401


def test_a_user_is_removed_with_all_thoughts(somebody, admin):
    somebody.ask("POST", "/api/me/thoughts/", {"text": "not for long"})
    assert found("not for long") == ["not for long"]
    assert admin.ask("DELETE", "/admin/users/somebody/")[0] == 204
    assert found("not for long") == []
