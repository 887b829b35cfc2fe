/** A dialog with a grid of pictures, and a line that says what they are. */

import { element } from "./dom.js";

export function sheetDialog(name, title, note, grid) {
  return element(
    "dialog",
    { id: `${name}-dialog`, "aria-labelledby": `${name}-title` },
    element("h2", { id: `${name}-title` }, title),
    note,
    grid,
    element(
      "form",
      { method: "dialog", class: "dialog-actions" },
      element("button", { class: "button" }, "Close"),
    ),
  );
}
