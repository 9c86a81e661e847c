"""What uWSGI serves."""

from thoughts_backend.app import create_app
from thoughts_backend.settings import database_url, token_key

application = create_app(database_url(), token_key())
