"""Unit tests, with a real PostgreSQL."""
from django.db import connection
from django.test import TestCase, TransactionTestCase

from .models import Job
from .tasks import count_words


class DatabaseTest(TestCase):
    def test_the_database_is_the_one_of_production(self):
        self.assertEqual(connection.vendor, "postgresql")


class CountWordsTest(TestCase):
    def test_it_counts_words(self):
        job = Job.objects.create(text="to be or not to be")
        count_words(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.words, job.status), (6, "done"))

    def test_an_empty_text_has_no_words(self):
        job = Job.objects.create(text="")
        count_words(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.words, job.status), (0, "done"))


class JobApiTest(TransactionTestCase):
    def post(self, body):
        return self.client.post("/jobs", body, content_type="application/json")

    def test_a_job_is_accepted_and_done(self):
        response = self.post({"text": "wash the car"})
        self.assertEqual(response.status_code, 202)
        job = self.client.get(response["Location"]).json()
        self.assertEqual((job["status"], job["words"]), ("done", 3))

    def test_all_jobs_are_listed(self):
        self.post({"text": "one"})
        self.post({"text": "one two"})
        self.assertEqual([job["words"] for job in self.client.get("/jobs").json()], [1, 2])

    def test_a_body_without_a_text_is_refused(self):
        for body in ["not json", "[]", "{}", '{"text": 1}']:
            with self.subTest(body):
                self.assertEqual(self.post(body).status_code, 400)
        self.assertEqual(Job.objects.count(), 0)

    def test_an_unknown_job_is_not_found(self):
        self.assertEqual(self.client.get("/jobs/1").status_code, 404)
