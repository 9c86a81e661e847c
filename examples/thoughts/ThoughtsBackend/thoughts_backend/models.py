"""The tables."""

from datetime import datetime, timezone

from flask_sqlalchemy import SQLAlchemy
from password_hash import hash_password, is_password

db = SQLAlchemy()


class User(db.Model):
    """Who can log in."""

    __tablename__ = "users"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(50), unique=True, nullable=False)
    password_hash = db.Column(db.String(128), nullable=False)
    is_admin = db.Column(db.Boolean, nullable=False, default=False)

    @classmethod
    def new(cls, username, password, is_admin=False):
        return cls(
            username=username,
            password_hash=hash_password(password),
            is_admin=is_admin,
        )

    @classmethod
    def named(cls, username):
        """The user, or None."""
        return cls.query.filter_by(username=username).one_or_none()

    def has_password(self, password):
        return is_password(password, self.password_hash)


class Thought(db.Model):
    """What somebody thought."""

    __tablename__ = "thoughts"

    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(50), nullable=False, index=True)
    text = db.Column(db.String(250), nullable=False)
    timestamp = db.Column(
        db.DateTime(timezone=True),
        nullable=False,
        default=lambda: datetime.now(timezone.utc),
    )

    def as_json(self):
        return {
            "id": self.id,
            "username": self.username,
            "text": self.text,
            "timestamp": self.timestamp.isoformat(),
        }
