"""What a request brings."""

from flask import abort, request


def text_of(field: str, longest: int) -> str:
    """A text in the request's JSON; 400 where it is missing, too long, or cannot be stored."""
    body = request.get_json()
    text = body.get(field) if isinstance(body, dict) else None
    if not isinstance(text, str) or not 0 < len(text) <= longest:
        abort(400, f"{field} must be a text of 1 to {longest} characters")
    if not is_storable(text):
        abort(400, f"{field} has characters that no text can have")
    return text


def is_storable(text: str) -> bool:
    """Whether PostgreSQL, too, takes it, which has neither NUL nor half a surrogate pair."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def refuse_nul():
    """400 for a NUL in the request's path or query."""
    if not all(map(is_storable, [request.path, *request.args.values()])):
        abort(400, "a URL cannot have NUL")
