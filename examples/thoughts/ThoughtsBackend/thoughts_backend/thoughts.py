"""Everybody's thoughts, to read, and one's own."""

from flask import Blueprint, request
from sqlalchemy import func

from .access import the_user
from .body import text_of
from .models import Thought, db

thoughts = Blueprint("thoughts", __name__, url_prefix="/api")


@thoughts.get("/thoughts/")
def list_thoughts():
    """All of them, or those that have the text `search`, in the order of their making."""
    found = Thought.query.order_by(Thought.id)
    search = request.args.get("search")
    if search:
        # What is special in LIKE is none of who searches.
        text = func.lower(Thought.text)
        found = found.filter(text.contains(search.lower(), autoescape=True))
    return [thought.as_json() for thought in found]


@thoughts.get("/thoughts/<int(max=2147483647):thought_id>/")
def get_thought(thought_id):
    return db.get_or_404(Thought, thought_id).as_json()


@thoughts.get("/me/thoughts/")
def list_own():
    own = Thought.query.filter_by(username=the_user().username)
    return [thought.as_json() for thought in own.order_by(Thought.id)]


@thoughts.post("/me/thoughts/")
def create_own():
    user = the_user()
    thought = Thought(username=user.username, text=text_of("text", 250))
    db.session.add(thought)
    db.session.commit()
    return thought.as_json(), 201
