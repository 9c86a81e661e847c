"""For a release."""
from .base import *  # noqa: F403

# On the volume that collectstatic and the server share
STATIC_ROOT = "/home/web/static"
