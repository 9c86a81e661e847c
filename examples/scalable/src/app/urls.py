"""Where requests go."""
from django.contrib import admin
from django.http import JsonResponse
from django.urls import include, path

urlpatterns = [
    path("", lambda request: JsonResponse({"jobs": "/jobs", "admin": "/admin/"})),
    path("admin/", admin.site.urls),
    path("", include("jobs.urls")),
]
