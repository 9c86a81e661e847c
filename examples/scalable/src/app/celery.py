"""Celery's application: settings are Django's that begin with CELERY_, tasks are in tasks.py of each Django app."""
from celery import Celery

app = Celery("app")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
