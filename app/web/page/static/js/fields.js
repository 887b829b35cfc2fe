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

/** A choice of few, all of them to be seen. */
export function segments(name, label, options, fallback) {
  const inputs = options.map(({ value }) =>
    element("input", {
      type: "radio",
      name,
      value,
      class: "visually-hidden",
      ...described(name),
    }),
  );
  const labels = options.map(({ text, note }, index) =>
    element(
      "label",
      { class: "segment" },
      inputs[index],
      element("span", { class: "segment-text" }, text),
      note ? element("span", { class: "segment-note" }, note) : null,
    ),
  );
  const node = element(
    "fieldset",
    { class: "field segments" },
    element("legend", { class: "field-name" }, label),
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
export function slider(name, label, [low, high], { min, max, step, fallback }) {
  const value = element("output", {});
  const input = element("input", {
    type: "range",
    name,
    min,
    max,
    step,
    ...described(name),
  });
  const show = () => {
    value.textContent = Number(input.value).toFixed(2).replace(/0$/, "");
  };
  input.addEventListener("input", show);
  const node = element(
    "div",
    { class: "field slider" },
    element("label", { class: "field-name", for: (input.id = `field-${name}`) }, label),
    value,
    input,
    element(
      "div",
      { class: "slider-ends", "aria-hidden": "true" },
      element("span", {}, low),
      element("span", {}, high),
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
export function select(parameter, label = humanName(parameter.name), textOf = spaced) {
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
  return labelled(name, label, description, input, {
    read: () => input.value || undefined,
    write,
  });
}

/** A number that may be left out. */
export function number(
  parameter,
  label = humanName(parameter.name),
  placeholder = undefined,
) {
  const { name, kind, min, max, step, fallback, description } = parameter;
  const range = min !== undefined && max !== undefined ? ` (${min} to ${max})` : "";
  const input = element("input", {
    type: "number",
    name,
    id: `field-${name}`,
    inputmode: kind === "integer" ? "numeric" : "decimal",
    min,
    max,
    step: step ?? (kind === "integer" ? 1 : "any"),
    placeholder: placeholder ?? (fallback === null ? "as usual" : String(fallback)),
    ...described(name, description + range),
  });
  const read = () => (input.value === "" ? unreadable(input) : Number(input.value));
  const write = (value) =>
    (input.value =
      value === null || value === undefined || value === fallback ? "" : value);
  return labelled(name, label, description + range, input, { read, write });
}

/** A number field that holds what is no number reads as NaN: the service refuses it. */
const unreadable = (input) => (input.validity.badInput ? NaN : undefined);

/** Yes or no. */
export function toggle(parameter) {
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
export function json(parameter) {
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
  const write = (value) =>
    (input.value = value === null || value === undefined ? "" : JSON.stringify(value));
  return labelled(name, humanName(name), description, input, { read, write });
}

/** What is no JSON stays a text: the service says in words what is wrong with it. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function labelled(name, label, description, input, { read, write }) {
  const title = element("label", { class: "field-name", for: input.id }, label);
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
