"""The application."""

import logging
from urllib.parse import quote

from flask import Flask, current_app, request
from sqlalchemy import text
from werkzeug.exceptions import HTTPException

from .body import refuse_nul
from .models import db
from .thoughts import thoughts
from .users import users


def create_app(database_url: str, token_key: str) -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        # A connection that the database has closed is replaced, not an error.
        "pool_pre_ping": True,
        # The values of a statement that failed, such as a password's hash, are not for the log.
        "hide_parameters": True,
    }
    app.config["TOKEN_KEY"] = token_key
    app.logger.setLevel(logging.INFO)
    db.init_app(app)
    app.before_request(log_start)
    app.before_request(refuse_nul)
    app.register_blueprint(thoughts)
    app.register_blueprint(users)
    app.add_url_rule("/health", view_func=health)
    app.register_error_handler(HTTPException, as_json)
    return app


def log_start():
    """uWSGI's line comes when a request is done: this one tells which one does not get there."""
    if request.endpoint != "health":
        # As it was sent: what is decoded may have line breaks.
        path = quote(request.path)
        current_app.logger.info("started %s %s", request.method, path)


def health():
    """Whether requests can be served, which needs the database."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}


def as_json(error: HTTPException):
    return {"message": error.description}, error.code
