/**
 * All parameters: the few that matter by hand, the rest from the service's own schema.
 *
 * Without a schema the few still work; a parameter that the service adds one day gets
 * its field by itself.
 */

import { byId, element } from "./dom.js";
import * as fields from "./fields.js";
import { parametersOf } from "./schema.js";
import { count, humanName } from "./words.js";

const SIZES = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];
const COLORS = { style: "Painting’s", content: "Photograph’s", matched: "Matched" };

/** Chosen elsewhere on the page, or needing files that this page does not send. */
const ELSEWHERE = new Set(["style_weights"]);
/** A start that needs a third picture, for which this page has no place. */
const FROM_FILE = "image";
/** Under which heading a parameter stands; the order within is the schema's. */
const GROUPS = {
  "The paint": ["style_scale", "total_variation", "start", "early_stop"],
  "The steps": [
    "steps",
    "rungs",
    "working_size",
    "optimizer",
    "learning_rate",
    "learning_rate_schedule",
    "gradient_clip",
    "averaging",
  ],
  "The eye": ["network", "pooling", "style_loss", "style_layers", "content_layers"],
  "The machine": ["precision", "memory", "tile_size"],
};
const OTHERS = "Further";

export class Controls {
  /** @type {Map<string, fields.Field>} */
  #main = new Map();
  /** @type {Map<string, fields.Field>} */
  #more = new Map();
  #parameters = new Map();
  /** As the service tells them; until it does, the choice is left to it. */
  #presets = [];

  constructor() {
    this.build({});
  }

  /** Build all fields from what the service says it can do; values are kept. */
  build(capabilities) {
    const values = this.#main.size ? this.read() : {};
    this.#parameters = parametersOf(capabilities.params_schema);
    if (capabilities.presets?.length) this.#presets = capabilities.presets;
    this.#main = this.#mainFields(capabilities.limits ?? {});
    this.#more = this.#moreFields();
    this.#show();
    this.write(values);
  }

  /** Return the parameters that were chosen; what was left alone is not there. */
  read() {
    const entries = [...this.#main, ...this.#more].map(([name, field]) => [
      name,
      field.read(),
    ]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  /** Fill the fields from a job's parameters; what is missing goes back to its default. */
  write(params) {
    const preset = this.#presets.find((each) => each.name === params.preset);
    for (const [name, field] of [...this.#main, ...this.#more]) {
      // A job tells the steps even where they are the preset's own: then they stay so.
      const isPresets = name === "steps" && params.steps === preset?.steps;
      const needsFile = name === "start" && params.start === FROM_FILE;
      field.write(isPresets || needsFile ? null : params[name]);
    }
  }

  #parameter(name, otherwise) {
    return {
      name,
      description: "",
      fallback: null,
      choices: [],
      ...otherwise,
      ...this.#parameters.get(name),
    };
  }

  #mainFields(limits) {
    const strength = (name, label, ends) =>
      fields.slider(name, label, ends, {
        min: 0,
        max: 1,
        step: 0.05,
        fallback: this.#parameter(name, { fallback: 0.5 }).fallback,
      });
    return new Map([
      ["preset", this.#presetField()],
      [
        "style_strength",
        strength("style_strength", "The painting’s hand", ["barely there", "all over"]),
      ],
      [
        "content_strength",
        strength("content_strength", "The photograph’s forms", ["let go", "held fast"]),
      ],
      ["color", this.#colorField()],
      ["size", this.#sizeField(limits)],
      ["seed", this.#seedField()],
    ]);
  }

  #presetField() {
    const { choices, fallback } = this.#parameter("preset");
    const told = this.#presets.length ? this.#presets : choices.map((name) => ({ name }));
    const options = told.map(({ name, steps }) => ({
      value: name,
      text: humanName(name),
      note: steps ? count(steps, "step") : "",
    }));
    const field = fields.segments("preset", "Time to take", options, fallback);
    field.node.hidden = options.length === 0;
    return field;
  }

  #colorField() {
    const { choices, fallback } = this.#parameter("color", {
      choices: Object.keys(COLORS),
      fallback: "style",
    });
    const options = choices.map((value) => ({
      value,
      text: COLORS[value] ?? humanName(value),
    }));
    return fields.segments("color", "Whose colours", options, fallback);
  }

  #sizeField(limits) {
    const {
      min = 64,
      max = 2048,
      fallback,
    } = this.#parameter("size", { fallback: 512 });
    const [least, most] = [limits.min_size ?? min, limits.max_size ?? max];
    const choices = SIZES.filter((each) => each >= least && each <= most);
    const parameter = {
      name: "size",
      choices,
      fallback: fallback ?? 512,
      description: "",
    };
    const field = fields.select(parameter, "Long side", (size) => `${size} pixels`);
    return { ...field, read: () => Number(field.read()) };
  }

  #seedField() {
    const parameter = {
      ...this.#parameter("seed", { min: 0, max: 2 ** 31 - 1 }),
      kind: "integer",
      description: "",
    };
    return fields.number(
      { ...parameter, min: undefined, max: undefined },
      "Seed",
      "a new one",
    );
  }

  #moreFields() {
    const rest = [...this.#parameters.values()].filter(
      ({ name }) => !this.#main.has(name) && !ELSEWHERE.has(name),
    );
    return new Map(rest.map((each) => [each.name, fieldFor(withoutFiles(each))]));
  }

  #show() {
    const main = [...this.#main].map(([, field]) => field.node);
    const pair = element("div", { class: "field-pair" }, ...main.slice(-2));
    byId("main-controls").replaceChildren(...main.slice(0, -2), pair);
    byId("more-controls").replaceChildren(...this.#groups());
    byId("more").hidden = this.#more.size === 0;
  }

  #groups() {
    const known = new Set(Object.values(GROUPS).flat());
    const others = [...this.#more.keys()].filter((name) => !known.has(name));
    return Object.entries({ ...GROUPS, [OTHERS]: others })
      .map(([title, names]) => [
        title,
        names.map((name) => this.#more.get(name)).filter(Boolean),
      ])
      .filter(([, members]) => members.length)
      .map(([title, members]) =>
        element(
          "fieldset",
          { class: "group" },
          element("legend", {}, title),
          ...members.map((each) => each.node),
        ),
      );
  }
}

function withoutFiles(parameter) {
  if (parameter.name !== "start") return parameter;
  return {
    ...parameter,
    choices: parameter.choices.filter((each) => each !== FROM_FILE),
  };
}

function fieldFor(parameter) {
  switch (parameter.kind) {
    case "choice":
      return sparing(fields.select(parameter), parameter);
    case "switch":
      return fields.toggle(parameter);
    case "integer":
    case "number":
      return fields.number(parameter);
    default:
      return fields.json(parameter);
  }
}

/** Read as left alone what stands at its default. */
function sparing(field, { fallback }) {
  const read = () => (field.read() === String(fallback) ? undefined : field.read());
  return { ...field, read };
}
