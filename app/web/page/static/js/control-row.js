/**
 * One parameter of a running job: a slider if it is a number between two bounds, else
 * the field that the form has for it, and a line that says whether its value holds.
 */

import { element } from "./dom.js";
import { fieldFor } from "./fields.js";
import { weightsField } from "./weights-field.js";
import { humanName } from "./words.js";

/** Ids of a form's fields are taken: both stand on one page. */
const PREFIX = "steer-";
const DIGITS = { maximumSignificantDigits: 3 };

export class ControlRow {
  #field;
  #state = element("p", { class: "steer-state", hidden: true });
  #value;

  /**
   * @param {import("./schema.js").Parameter} parameter
   * @param {(value: *, isDone: boolean) => void} moved is told of each new position, and
   *   whether the hand has let go
   * @param {string[]} titles of the job's paintings, that may have a value each
   */
  constructor(parameter, moved, titles) {
    this.label = parameter.label || humanName(parameter.name);
    const isSlider =
      parameter.kind === "number" &&
      parameter.min !== undefined &&
      parameter.max !== undefined &&
      parameter.fallback !== null;
    const hasMany = Boolean(parameter.each_of);
    const name = PREFIX + parameter.name;
    if (hasMany) this.#field = weightsField(name, titles);
    else if (isSlider) this.#field = slider(parameter, this.label);
    else this.#field = fieldFor({ ...parameter, name, label: "" });
    if (!isSlider)
      this.#field.node.querySelector(".field-name")?.replaceChildren(this.label);
    this.node = element(
      "div",
      { class: "steer-row", "data-control": parameter.name },
      this.#field.node,
      this.#state,
    );
    const tell = (isDone) => {
      const value = this.#field.read() ?? null;
      if (!Number.isNaN(value)) moved(value, isDone);
    };
    if (isSlider || hasMany) this.node.addEventListener("input", () => tell(false));
    this.node.addEventListener("change", () => tell(true));
  }

  /** The value that the service knows: what it was last told, or has told. */
  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
  }

  /** Let the field show a value; one that is being moved is left alone. */
  show(value) {
    if (!this.node.matches(":has(:active)")) this.#field.write(value);
  }

  onItsWay() {
    this.#tell("asked", "on its way");
  }

  /** @param {string} since "step 12" */
  holds(since) {
    this.#tell("applied", `holds since ${since}`);
  }

  settle() {
    this.#tell("", "");
  }

  #tell(state, words) {
    this.node.dataset.state = state;
    this.#state.textContent = words;
    this.#state.hidden = !words;
  }
}

function slider({ name, ends, min, max, fallback }, label) {
  const value = element("output", {});
  const input = element("input", {
    ...{ type: "range", name: PREFIX + name, id: PREFIX + name, min, max },
    step: (max - min) / 100,
  });
  const words = (number) => Number(number).toLocaleString("en", DIGITS);
  const show = () => {
    value.textContent = words(input.value);
  };
  input.addEventListener("input", show);
  const node = element(
    "div",
    { class: "field slider" },
    element("label", { class: "field-name", for: PREFIX + name }, label),
    value,
    input,
    ends
      ? element(
          "div",
          { class: "slider-ends", "aria-hidden": "true" },
          ...ends.map((each) => element("span", {}, each)),
        )
      : null,
  );
  const write = (wanted) => {
    input.value = wanted ?? fallback;
    show();
  };
  write(fallback);
  return { node, read: () => Number(input.value), write };
}
