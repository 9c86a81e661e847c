import pytest

from thoughts_backend.app import create_app
from thoughts_backend.models import User, db
from thoughts_backend.tokens import token_for

KEY = "a key of the tests, of 32 characters or more"


@pytest.fixture
def client(tmp_path):
    """Of an application with a database of its own, in which admin and ada are users."""
    app = create_app(f"sqlite:///{tmp_path}/thoughts.sqlite3", KEY)
    with app.app_context():
        db.create_all()
        db.session.add(User.new("admin", "the admin's", is_admin=True))
        db.session.add(User.new("ada", "the engine"))
        db.session.commit()
    return app.test_client()


def headers_of(username):
    return {"Authorization": f"Bearer {token_for(username, KEY)}"}


@pytest.fixture
def ada():
    return headers_of("ada")


@pytest.fixture
def admin():
    return headers_of("admin")
