/** What a mask is painted with: for which painting, brush or eraser, size, hardness. */

import { element } from "../dom.js";
import { percent } from "../words.js";

let count = 0;

export class BrushTools {
  #target = element("select", { onchange: () => this.#told.targeted() });
  #targetField = field("For", this.#target);
  #erase = element("input", { type: "checkbox", role: "switch", name: "eraser" });
  #size = range("brush_size", { min: 1, max: 50, value: 12 });
  #hardness = range("brush_hardness", { min: 0, max: 100, value: 70 });
  #undo = button("mask-undo", "Undo", () => this.#told.undo());
  #file = element("input", {
    ...{ type: "file", class: "visually-hidden", accept: "image/*", name: "mask_file" },
    onchange: () => this.#bring(),
  });
  #told;

  /** @param {object} told `targeted()`, `undo()`, `clear()`, `bring(file)`, `done()` */
  constructor(told) {
    this.#told = told;
    this.node = element(
      "div",
      { class: "brush-tools", role: "group", "aria-label": "Brush" },
      this.#targetField,
      slider("Size", this.#size),
      slider("Hardness", this.#hardness),
      element("label", { class: "switch" }, this.#erase, " Eraser"),
      element(
        "div",
        { class: "actions" },
        this.#undo,
        button("mask-clear", "Clear", () => told.clear()),
        element("label", { class: "button" }, this.#file, "Upload a mask"),
        button("mask-done", "Done", () => told.done(), "soft"),
      ),
      element(
        "p",
        { class: "hint" },
        "Colour is where the painting goes, or what is kept. Without a pointer: on the picture the arrow keys move a rectangle, with Shift they size it, and Enter fills it.",
      ),
    );
  }

  /** @returns {import("./mask.js").Brush} */
  get brush() {
    return {
      radius: Number(this.#size.value) / 200,
      hardness: Number(this.#hardness.value) / 100,
      isErasing: this.#erase.checked,
    };
  }

  /** The key of the painting that the mask is for. */
  get target() {
    return this.#target.value;
  }

  /** Offer these paintings; the one that was chosen stays chosen. */
  offer(targets) {
    const last = this.target;
    const options = targets.map(({ key, title }) =>
      element("option", { value: key, selected: key === last }, title),
    );
    this.#target.replaceChildren(...options);
    this.#targetField.hidden = targets.length < 2;
  }

  set canUndo(can) {
    this.#undo.disabled = !can;
  }

  #bring() {
    const [file] = this.#file.files;
    this.#file.value = "";
    if (file) this.#told.bring(file);
  }
}

function range(name, bounds) {
  return element("input", { type: "range", step: 1, name, ...bounds });
}

function slider(words, input) {
  const value = element("output", {});
  const show = () => {
    value.textContent = percent(input.value / 100);
  };
  input.addEventListener("input", show);
  show();
  const node = field(words, input);
  node.classList.add("slider");
  node.insertBefore(value, input);
  return node;
}

function field(words, input) {
  input.id = `brush-${++count}`;
  const label = element("label", { class: "field-name", for: input.id }, words);
  return element("div", { class: "field" }, label, input);
}

function button(name, words, onclick, look = "") {
  const properties = { type: "button", class: `button ${look}`, "data-tool": name };
  return element("button", { ...properties, onclick }, words);
}
