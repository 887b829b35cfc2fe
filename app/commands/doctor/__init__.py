"""`impasto doctor`: what is wrong with this installation, in words."""

from app.commands.doctor.command import doctor

__all__ = ["doctor"]
