"""Requests that are about jobs."""
from django.urls import path

from . import views

urlpatterns = [
    path("health", views.health),
    path("jobs", views.jobs),
    path("jobs/<int:job_id>", views.job, name="job"),
]
