"""Users: they log in, administrators make and remove them."""

from flask import Blueprint, abort, current_app
from sqlalchemy.exc import IntegrityError

from .access import only_admins
from .body import text_of
from .models import Thought, User, db
from .tokens import token_for

users = Blueprint("users", __name__)

LONGEST_NAME = 50
LONGEST_PASSWORD = 200


@users.post("/api/login/")
def login():
    user = User.named(text_of("username", LONGEST_NAME))
    password = text_of("password", LONGEST_PASSWORD)
    if user is None or not user.has_password(password):
        abort(401, "no user has this name and this password")
    return {"token": token_for(user.username, current_app.config["TOKEN_KEY"])}


@users.post("/admin/users/")
def create_user():
    only_admins()
    username = text_of("username", LONGEST_NAME)
    db.session.add(User.new(username, text_of("password", LONGEST_PASSWORD)))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        abort(409, "there is a user of this name")
    return {"username": username}, 201


@users.delete("/admin/users/<username>/")
def delete_user(username):
    """With all thoughts of the user."""
    only_admins()
    user = User.named(username) or abort(404)
    Thought.query.filter_by(username=username).delete()
    db.session.delete(user)
    db.session.commit()
    return "", 204
