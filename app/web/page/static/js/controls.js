/** All parameters, as the service's schema tells them: none of them is named here. */

import { byId, element } from "./dom.js";
import { fieldFor } from "./fields.js";
import { parametersOf } from "./schema.js";

const OTHERS = "Further";
const engineOf = (schema) => schema?.properties?.engine?.const;

export class Controls {
  /** @type {import("./schema.js").Parameter[]} */
  #parameters = [];
  /** @type {Map<string, import("./fields.js").Field>} */
  #fields = new Map();

  /** One schema for each engine; the first is usual. */
  #schemas = [];
  #current = null;

  /** Build all fields from the schema of the parameters, with these values. */
  build(schema, params) {
    const variants = schema?.oneOf ?? [schema];
    this.#schemas = variants.map((each) => ({ ...each, $defs: schema?.$defs }));
    this.#use(this.#of(params), params);
  }

  /** Forget all that was chosen. */
  clear() {
    this.#fields.clear();
  }

  /** Show the fields of the engine that was chosen. */
  follow() {
    const wanted = this.#of(this.read());
    if (wanted !== this.#current) this.#use(wanted, this.read());
  }

  /** The engines that may be chosen; where there is but one it has no name. */
  get engines() {
    return this.#schemas.map(engineOf).filter(Boolean);
  }

  #of({ engine }) {
    return this.#schemas.find((each) => engineOf(each) === engine) ?? this.#schemas[0];
  }

  #use(schema, params) {
    const values = { ...params, engine: engineOf(schema) };
    this.#current = schema;
    const engines = this.#schemas.map(engineOf);
    // What belongs to one of several files is chosen beside it.
    this.#parameters = parametersOf(schema)
      .filter(({ each_of, name }) => !each_of && (name !== "engine" || engines[1]))
      .map((each) =>
        each.name === "engine"
          ? { ...each, choices: engines, fallback: engineOf(schema) }
          : each,
      );
    this.#fields = new Map(
      this.#parameters.map((each) => [each.name, fieldFor(each)]),
    );
    this.#show();
    const kept = this.#parameters.filter(
      ({ name, choices }) => !choices.length || choices.includes(values[name]),
    );
    this.#fill(Object.fromEntries(kept.map(({ name }) => [name, values[name]])));
  }

  /** Return the parameters that were chosen; what was left alone is not there. */
  read() {
    const entries = [...this.#fields].map(([name, field]) => [name, field.read()]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  /** Fill the fields from a job's parameters; what is missing goes back to its default. */
  write(params) {
    const wanted = this.#of(params);
    if (wanted !== this.#current) this.#use(wanted, params);
    this.#fill(engineOf(wanted) ? { ...params, engine: engineOf(wanted) } : params);
  }

  #fill(params) {
    // A job tells also what a choice says of other parameters: that stays left alone.
    const set = this.#parameters.map(({ name, sets }) => sets[params[name]]);
    const implied = Object.assign({}, ...set);
    for (const { name, needs_file: needsFile } of this.#parameters) {
      const value = params[name];
      const isOurs = value !== implied[name] && !needsFile.includes(value);
      this.#fields.get(name).write(isOurs ? value : null);
    }
  }

  #show() {
    const nodes = (chosen) => chosen.map(({ name }) => this.#fields.get(name).node);
    const more = this.#parameters.filter(({ label }) => !label);
    const groups = Map.groupBy(more, ({ group }) => group || OTHERS);
    byId("main-controls").replaceChildren(
      ...nodes(this.#parameters.filter(({ label }) => label)),
    );
    byId("more-controls").replaceChildren(
      ...[...groups].map(([title, members]) =>
        element(
          "fieldset",
          { class: "group" },
          element("legend", {}, title),
          ...nodes(members),
        ),
      ),
    );
    byId("more").hidden = more.length === 0;
  }
}
