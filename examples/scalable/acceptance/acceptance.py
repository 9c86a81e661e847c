"""Acceptance tests: the released application, from outside. They write TAP."""
import json
import os
import time
import unittest
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tap import TAPTestRunner

URL = os.environ["APP_URL"]
# How long a worker may take, seconds
PATIENCE = float(os.environ.get("PATIENCE", "30"))


def request(path, body=None):
    """Status, headers and text of the answer."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(URL + path, data, {"Content-Type": "application/json"}), timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except HTTPError as error:
        return error.code, error.headers, error.read().decode()


class AcceptanceTest(unittest.TestCase):
    def test_the_root_answers(self):
        """The root answers"""
        status, _, text = request("/")
        self.assertEqual((status, json.loads(text)["jobs"]), (200, "/jobs"))

    def test_the_worker_does_a_job(self):
        """A job that was posted is done by a worker"""
        status, headers, _ = request("/jobs", {"text": "to be or not to be"})
        self.assertEqual(status, 202)
        deadline = time.monotonic() + PATIENCE
        job = {}
        while job.get("status") != "done":
            self.assertLess(time.monotonic(), deadline, f"not done after {PATIENCE:g} s: {job}")
            time.sleep(0.1)
            job = json.loads(request(headers["Location"])[2])
        self.assertEqual(job["words"], 6)

    def test_static_files_are_there(self):
        """The admin page has its style sheet"""
        status, _, page = request("/admin/login/")
        self.assertEqual(status, 200)
        self.assertIn("/static/admin/css/base.css", page)
        status, headers, _ = request("/static/admin/css/base.css")
        self.assertEqual((status, headers.get_content_type()), (200, "text/css"))


if __name__ == "__main__":
    runner = TAPTestRunner()
    runner.set_stream(True)
    unittest.main(testRunner=runner)
