"""The API: post a job, ask until a worker has done it."""
import json

from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from .models import Job
from .tasks import count_words


@require_GET
def health(request):
    """Answers when the database does."""
    connection.ensure_connection()
    return HttpResponse("ok\n", content_type="text/plain")


@csrf_exempt
@require_http_methods(["GET", "POST"])
def jobs(request):
    """All jobs, or a new one: {"text": "…"}."""
    if request.method == "GET":
        return JsonResponse([as_dict(job) for job in Job.objects.order_by("pk")], safe=False)
    try:
        text = json.loads(request.body)["text"]
    except (ValueError, KeyError, TypeError):
        text = None
    if not isinstance(text, str):
        return JsonResponse({"error": "The body must be JSON with a text"}, status=400)
    job = Job.objects.create(text=text)
    transaction.on_commit(lambda: count_words.delay(job.pk))
    response = JsonResponse(as_dict(job), status=202)
    response["Location"] = reverse("job", args=[job.pk])
    return response


@require_GET
def job(request, job_id):
    """One job."""
    return JsonResponse(as_dict(get_object_or_404(Job, pk=job_id)))


def as_dict(job):
    return {"id": job.pk, "status": job.status, "text": job.text, "words": job.words}
