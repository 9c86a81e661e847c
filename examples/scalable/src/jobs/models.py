"""What is stored."""
from django.db import models


class Job(models.Model):
    """A text whose words a worker counts."""

    text = models.TextField()
    words = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def status(self):
        return "queued" if self.words is None else "done"

    def __str__(self):
        return f"{self.pk}: {self.status}"
