"""A command as somebody types it: a process of its own, in the home of the service at hand."""

import os
import subprocess
import sys

from delivery.wiring import Service


def typed(service: Service, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `tannha WORDS`, in English, and wait for its end."""
    environment = {
        **os.environ,
        "TANNHA_HOME": str(service.settings.home),
        "TANNHA_DATABASE_URL": service.settings.database,
        "TANNHA_LANGUAGE": "en",
    }
    return subprocess.run(
        [sys.executable, "-m", "web", *words], env=environment, capture_output=True, text=True, check=False
    )
