/** How much there shall be of each painting, while a picture is painted: a slider each. */

import { element } from "./dom.js";

/**
 * @param {string} name
 * @param {string[]} titles one for each
 * @returns {import("./fields.js").Field}
 */
export function weightsField(name, titles) {
  const rows = titles.map((title, place) => slider(`${name}-${place}`, title));
  const node = element(
    "fieldset",
    { class: "group" },
    element("legend", { class: "field-name" }, ""),
    ...rows.map((each) => each.node),
  );
  return {
    node,
    read: () => rows.map(({ input }) => Number(input.value)),
    write: (values) => rows.forEach((row, place) => row.write(values?.[place] ?? 1)),
  };
}

function slider(name, title) {
  const value = element("output", {});
  const bounds = { min: 0.1, max: 3, step: 0.1 };
  const input = element("input", { type: "range", name, id: name, ...bounds });
  const show = () => {
    value.textContent = Number(input.value).toFixed(1);
  };
  input.addEventListener("input", show);
  const words = element("label", { class: "field-name", for: name }, title);
  const node = element("div", { class: "field slider" }, words, value, input);
  const write = (wanted) => {
    input.max = Math.max(3, wanted);
    input.value = wanted;
    show();
  };
  write(1);
  return { node, input, write };
}
