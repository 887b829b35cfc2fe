"""One visitor: a page in a profile of its own, and whatever it complained of."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.app.pictures import plain

PHOTOGRAPH = plain("JPEG", (320, 240), (30, 90, 160))
PAINTING = plain("PNG", (128, 128), (200, 80, 20))
PICTURE = plain("PNG", (512, 384), (60, 40, 120))

_WATCH = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  globalThis.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""
_COLOR = """(image) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const place = [canvas.width >> 1, canvas.height >> 1, 1, 1];
  return [...context.getImageData(...place).data].slice(0, 3);
}"""

_HAND_OVER = """async ([kind, target]) => {
  const canvas = new OffscreenCanvas(24, 16);
  canvas.getContext("2d").fillRect(0, 0, 24, 16);
  const png = await canvas.convertToBlob();
  const file = new File([png], "made.png", { type: "image/png" });
  const carried = new DataTransfer();
  carried.items.add(file);
  const told = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...told, clipboardData: carried })
    : new DragEvent("drop", { ...told, dataTransfer: carried });
  document.querySelector(target).dispatchEvent(event);
}"""


def _thumbnail(route: Any) -> None:
    route.fulfill(body=PAINTING, content_type="image/png")


def _not_found(route: Any) -> None:
    route.fulfill(status=404, json={"title": "Nothing is here", "code": "not_found"})


def _abort(route: Any) -> None:
    route.abort("internetdisconnected")


@dataclass
class Visit:
    """What a person does and sees."""

    page: Any
    studio: Any
    complaints: list[str] = field(default_factory=list)
    #: What a test provokes and the browser therefore logs.
    expected: tuple[str, ...] = ()

    @classmethod
    @contextmanager
    def of(
        cls,
        browser: Any,
        studio: Any,
        *,
        path: str = "",
        lacks: str = "",
        has_thumbnails: bool = False,
        **profile: Any,
    ) -> Iterator[Any]:
        """Open the page; close its profile at the end.

        Args:
            browser: a Chromium.
            studio: what is visited.
            path: behind the studio's address.
            lacks: a path of the API that this service does not have.
            has_thumbnails: whether the gallery's are the service's own, which takes
                each new one some seconds to draw; else they all are one small picture.
            profile: of the browser, as `new_context` takes it.
        """
        context = browser.new_context(**{"reduced_motion": "reduce", **profile})
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.add_init_script(_WATCH)
        visit = cls(page, studio)
        page.on("console", visit._note_console)
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.dismiss())
        # From now on the browser hands file dialogs over instead of opening them.
        page.on("filechooser", lambda _chooser: None)
        if not has_thumbnails:
            context.route("**/v1/styles/*/image*", _thumbnail)
        if lacks:
            context.route(f"**/{lacks}*", _not_found)
        with page.expect_response("**/readyz"):  # What the page asks for last.
            page.goto(studio.url + path)
        try:
            yield visit
        finally:
            context.close()

    def _note_console(self, message: Any) -> None:
        # A browser that draws without a GPU says that reading a canvas is slow.
        is_slow = "GL Driver Message (OpenGL, Performance" in message.text
        if message.type in {"error", "warning"} and not is_slow:
            self.complaints.append(message.text)

    def require_peace(self) -> None:
        """Fail if anything was logged or blocked that the test did not provoke."""
        assert self.page.evaluate("globalThis.violations") == []
        unexpected = [
            each
            for each in self.complaints
            if not any(words in each for words in self.expected)
        ]
        assert unexpected == [], unexpected

    def put(self, selector: str, content: bytes, name: str = "photo.jpg") -> None:
        """Choose a file."""
        media_type = mimetypes.guess_type(name)[0] or "image/jpeg"
        file = {"name": name, "mimeType": media_type, "buffer": content}
        self.page.set_input_files(selector, file)

    def send(self) -> None:
        """Send a job with a photograph and a painting of one's own."""
        self.put("#photo-file", PHOTOGRAPH)
        self.put("#style-file", PAINTING, "mine.png")
        self.see("#gallery-note", "mine – your own.")
        self.page.click("#paint")
        self.see("#job-title", "Waiting for a painter")

    def remember_key(self, token: str) -> None:
        """Let the browser have the key already."""
        self.page.evaluate(
            "(key) => localStorage.setItem('impasto.key', JSON.stringify(key))", token
        )

    def see(self, selector: str, words: str) -> None:
        """Wait until the words are to be read there."""
        place = self.page.locator(selector).filter(has_text=words).first
        place.wait_for(state="visible")

    def focused(self) -> str:
        """Return the id of what has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))

    def tab_to(self, name: str) -> None:
        """Press Tab until the element with this id has the focus."""
        for _ in range(60):
            if self.focused() == name:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{name} cannot be reached by Tab")

    def lose_connection(self) -> None:
        self.page.context.route("**/v1/**", _abort)
        self.page.context.set_offline(True)

    def find_connection(self) -> None:
        self.page.context.unroute("**/v1/**", _abort)
        self.page.context.set_offline(False)

    def hand_over(self, kind: str, target: str = "body") -> None:
        """Paste or drop a picture of 24 by 16 pixels called made.png."""
        self.page.evaluate(_HAND_OVER, [kind, target])

    def color_of(self, selector: str) -> list[int]:
        """Return red, green and blue in the middle of a picture."""
        found: list[int] = self.page.locator(selector).evaluate(_COLOR)
        return found
