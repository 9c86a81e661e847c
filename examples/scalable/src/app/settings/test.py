"""For unit tests: a real database, no broker, a report for machines."""
from .base import *  # noqa: F403

TEST_RUNNER = "xmlrunner.extra.djangotestrunner.XMLTestRunner"
TEST_OUTPUT_DIR = "/home/web/reports"
TEST_OUTPUT_FILE_NAME = "unittests.xml"
TEST_OUTPUT_VERBOSE = 2

# A task is done at once, by who asks for it
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
