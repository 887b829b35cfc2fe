/**
 * The kinds of field that parameters have. Each kind is made by one function, which
 * returns the same three things: the element, `read()` and `write(value)`.
 *
 * `read()` gives undefined for what was left alone: the service then fills it in.
 */

import { element } from "./dom.js";
import { humanName } from "./words.js";

/** @typedef {{node: Element, read: () => *, write: (value: *) => void}} Field */

const hintId = (name) => `hint-${name}`;
const errorId = (name) => `error-${name}`;

function errorPlace(name) {
  return element("p", {
    class: "field-error",
    id: errorId(name),
    "data-error-for": name,
    hidden: true,
  });
}

function hint(name, text) {
  return text
    ? element(
        "p",
        { class: "hint", id: hintId(name) },
        text.replace(/`([^`]+)`/g, "“$1”"),
      )
    : null;
}

const spaced = (value) => value.replaceAll("_", " ");

const described = (name, text) => ({
  "data-field": name,
  "aria-describedby": text ? `${hintId(name)} ${errorId(name)}` : errorId(name),
});

/**
 * Return the field for a parameter: by its label and its hints if it has some.
 * @param {import("./schema.js").Parameter} parameter
 */
export function fieldFor(parameter) {
  return parameter.label ? mainField(parameter) : usualField(parameter);
}

/** What is always in view speaks for itself, and is sent as it stands. */
function mainField(parameter) {
  const { kind, ends, sizes } = parameter;
  const plain = { ...parameter, description: "" };
  if (kind === "choice") return segments(plain);
  if (ends) return slider(plain);
  if (sizes.length) return sizeField(plain);
  const { min, max, ...boundless } = plain;
  return usualField(boundless);
}

function usualField(parameter) {
  switch (parameter.kind) {
    case "choice":
      return sparing(select(parameter), parameter);
    case "switch":
      return toggle(parameter);
    case "integer":
    case "number":
      return number(parameter);
    case "text":
      return text(parameter);
    default:
      return json(parameter);
  }
}

/** Read as left alone what stands at its default. */
function sparing(field, { fallback }) {
  const read = () => (field.read() === String(fallback) ? undefined : field.read());
  return { ...field, read };
}

function sizeField(parameter) {
  const { sizes, unit, min = 0, max = Infinity } = parameter;
  const choices = sizes.filter((each) => each >= min && each <= max);
  const field = select({ ...parameter, choices }, (size) => `${size} ${unit}`);
  return { ...field, read: () => Number(field.read()) };
}

const labelOf = ({ label, name }) => label || humanName(name);

/** A choice of few, all of them to be seen. */
function segments(parameter) {
  const { name, choices, names, notes, fallback } = parameter;
  const inputs = choices.map((value) =>
    element("input", {
      type: "radio",
      name,
      value,
      class: "visually-hidden",
      ...described(name),
    }),
  );
  const labels = choices.map((value, index) =>
    element(
      "label",
      { class: "segment" },
      inputs[index],
      element("span", { class: "segment-text" }, names[value] ?? humanName(value)),
      notes[value] ? element("span", { class: "segment-note" }, notes[value]) : null,
    ),
  );
  const node = element(
    "fieldset",
    { class: "field segments" },
    element("legend", { class: "field-name" }, labelOf(parameter)),
    element("div", { class: "segment-row" }, ...labels),
    errorPlace(name),
  );
  const write = (value) =>
    inputs.forEach((each) => (each.checked = each.value === String(value)));
  write(fallback);
  return {
    node,
    read: () => inputs.find((each) => each.checked)?.value,
    write: (value) => write(value ?? fallback),
  };
}

/** A number between two ends that are told in words. */
function slider(parameter) {
  const { name, ends, min, max, fallback } = parameter;
  const value = element("output", {});
  const input = element("input", {
    type: "range",
    name,
    min,
    max,
    step: (max - min) / 20,
    ...described(name),
  });
  const show = () => {
    value.textContent = Number(input.value).toFixed(2).replace(/0$/, "");
  };
  input.addEventListener("input", show);
  const node = element(
    "div",
    { class: "field slider" },
    element(
      "label",
      { class: "field-name", for: (input.id = `field-${name}`) },
      labelOf(parameter),
    ),
    value,
    input,
    element(
      "div",
      { class: "slider-ends", "aria-hidden": "true" },
      ...ends.map((each) => element("span", {}, each)),
    ),
    errorPlace(name),
  );
  const write = (wanted) => {
    input.value = wanted ?? fallback;
    show();
  };
  write(fallback);
  return { node, read: () => Number(input.value), write };
}

/** A choice of many. */
function select(parameter, textOf = spaced) {
  const { name, choices, fallback, description } = parameter;
  const option = (value) => element("option", { value }, textOf(String(value)));
  const input = element(
    "select",
    { name, id: `field-${name}`, ...described(name, description) },
    ...choices.map(option),
  );
  const write = (value) => {
    const wanted = String(value ?? fallback ?? choices[0] ?? "");
    if (wanted && ![...input.options].some((each) => each.value === wanted))
      input.append(option(wanted));
    input.value = wanted;
  };
  write(fallback);
  return labelled(parameter, description, input, {
    read: () => input.value || undefined,
    write,
  });
}

/** A number that may be left out. */
function number(parameter) {
  const { name, kind, min, max, step, fallback, blank, description } = parameter;
  const range = min !== undefined && max !== undefined ? ` (${min} to ${max})` : "";
  const input = element("input", {
    type: "number",
    name,
    id: `field-${name}`,
    inputmode: kind === "integer" ? "numeric" : "decimal",
    min,
    max,
    step: step ?? (kind === "integer" ? 1 : "any"),
    placeholder: blank || String(fallback ?? "as usual"),
    ...described(name, description + range),
  });
  const read = () => (input.value === "" ? unreadable(input) : Number(input.value));
  const write = (value) => (input.value = (value === fallback ? null : value) ?? "");
  return labelled(parameter, description + range, input, { read, write });
}

/** Some words that may be left out. */
function text(parameter) {
  const { name, fallback, blank, description } = parameter;
  const input = element("input", {
    type: "text",
    name,
    id: `field-${name}`,
    placeholder: blank || (fallback ?? "as usual"),
    ...described(name, description),
  });
  const read = () => input.value.trim() || undefined;
  const write = (value) => (input.value = (value === fallback ? null : value) ?? "");
  return labelled(parameter, description, input, { read, write });
}

/** A number field that holds what is no number reads as NaN: the service refuses it. */
const unreadable = (input) => (input.validity.badInput ? NaN : undefined);

/** Yes or no. */
function toggle(parameter) {
  const { name, fallback, description } = parameter;
  const input = element("input", {
    type: "checkbox",
    name,
    role: "switch",
    ...described(name, description),
  });
  const write = (value) => (input.checked = value ?? fallback ?? false);
  write(fallback);
  const label = element("label", { class: "switch" }, input, humanName(name));
  const node = element(
    "div",
    { class: "field" },
    label,
    hint(name, description),
    errorPlace(name),
  );
  return {
    node,
    read: () => (input.checked === fallback ? undefined : input.checked),
    write,
  };
}

/** Something nested, written as JSON. */
function json(parameter) {
  const { name, description } = parameter;
  const input = element("textarea", {
    name,
    id: `field-${name}`,
    rows: 2,
    spellcheck: "false",
    placeholder: "as usual",
    ...described(name, description),
  });
  const read = () => (input.value.trim() ? parsed(input.value) : undefined);
  const write = (value) => (input.value = value == null ? "" : JSON.stringify(value));
  return labelled(parameter, description, input, { read, write });
}

/** What is no JSON stays a text: the service says in words what is wrong with it. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function labelled(parameter, description, input, { read, write }) {
  const { name } = parameter;
  const title = element(
    "label",
    { class: "field-name", for: input.id },
    labelOf(parameter),
  );
  const node = element(
    "div",
    { class: "field" },
    title,
    input,
    hint(name, description),
    errorPlace(name),
  );
  return { node, read, write };
}
