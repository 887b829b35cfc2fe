"""How every process of ours uses Celery: installed code alone, and no command line.

Celery expects to be started beside the code that it runs: it imports what lies in the
current directory first, and its command line and loader read variables with names like
`APP`, `BROKER_URL` and `CELERY_CONFIG_MODULE`. All that belongs to somebody else's
program here.
"""

import importlib
import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from celery import Celery
from celery.loaders.app import AppLoader
from celery.platforms import SecurityWarning

from app.stores.connections import broker_url


class InstalledLoader(AppLoader):  # type: ignore[misc]  # Celery has no types
    """Imports what is installed, wherever it is started, and reads no settings."""

    # Any: as Celery calls them; `imp` imports in another way.
    def import_from_cwd(
        self, module: str, imp: Any = None, package: str | None = None
    ) -> ModuleType:
        """Import a module, the current directory left out."""
        found: ModuleType = (imp or self.import_module)(module, package=package)
        return found

    def find_module(self, module: str) -> ModuleType:
        """Do the same."""
        return importlib.import_module(module)

    def read_configuration(self, env: str = "") -> dict[str, Any]:  # noqa: ARG002
        """Return nothing: the settings are given, see `app.stores.doorbell`."""
        return {}


# Any: Celery takes settings by name, each with a type of its own.
def new_celery(name: str, redis_url: str, **options: Any) -> Celery:
    """Return an application that imports nothing but what is installed."""
    url = broker_url(redis_url)
    return Celery(
        name,
        broker=url,
        # Again, since `CELERY_BROKER_URL` goes before the one above.
        changes={"broker_read_url": url, "broker_write_url": url},
        # The class: its name would be looked for in the current directory.
        loader=InstalledLoader,
        fixups=[],  # Django's adds the current directory, too
        **options,
    )


def hear(celery: Celery, **options: Any) -> None:
    """Hear the application's bells until a signal says stop."""
    # For the processes that it starts: `-P` is not passed on. And they would import
    # the site that Django is told of.
    os.environ["PYTHONSAFEPATH"] = "1"
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    # Of superusers, since messages could run code: ours are JSON.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    celery.Worker(
        loglevel="INFO",
        quiet=True,  # its banner is no log line
        without_gossip=True,
        without_mingle=True,
        **options,
    ).start()


def leave_lost_directory() -> None:
    """Go to the root if no child could be started in the current directory."""
    try:
        os.chdir(Path.cwd())
    except OSError:
        os.chdir("/")
