#!/bin/sh
# uWSGI takes the place of the shell, so that a signal reaches it and its exit code is the container's.
set -e
exec uwsgi --ini /opt/uwsgi/uwsgi.ini
