"""What workers do."""
from celery import shared_task

from .models import Job


@shared_task
def count_words(job_id):
    """Counts the words of a job's text; done twice, it has the same result."""
    job = Job.objects.get(pk=job_id)
    job.words = len(job.text.split())
    job.save(update_fields=["words"])
