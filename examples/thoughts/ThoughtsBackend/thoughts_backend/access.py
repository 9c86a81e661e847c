"""Who a request is from."""

from flask import abort, current_app, request

from .models import User
from .tokens import InvalidToken, username_in


def the_user() -> User:
    """The user whose token the request has; 401 without one."""
    try:
        header = request.headers.get("Authorization")
        username = username_in(header, current_app.config["TOKEN_KEY"])
    except InvalidToken as error:
        abort(401, str(error))
    # A token outlives its user.
    return User.named(username) or abort(401, "this user no longer exists")


def only_admins():
    """403 for everybody else."""
    if not the_user().is_admin:
        abort(403, "only for administrators")
