/** The tabs over the form, one for each kind; fires `change` when another is chosen. */

import { byId, element } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class KindTabs extends EventTarget {
  #list = byId("kinds");
  #tabs = new Map();
  #chosen = null;

  constructor() {
    super();
    this.#list.addEventListener("keydown", (event) => this.#step(event));
  }

  /** Show these; where there is but one, there is nothing to choose. */
  offer(kinds) {
    this.#tabs = new Map(kinds.map((kind) => [kind.name, this.#tab(kind)]));
    this.#list.replaceChildren(...this.#tabs.values());
    this.isShown = true;
  }

  set isShown(is) {
    this.#list.hidden = !is || this.#tabs.size < 2;
  }

  get chosen() {
    return this.#chosen;
  }

  set chosen(name) {
    this.#chosen = name;
    for (const [each, tab] of this.#tabs) {
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
    }
    if (this.#tabs.size > 1)
      byId("composer").setAttribute("aria-labelledby", this.#tabs.get(name).id);
  }

  #tab({ name, label }) {
    return element(
      "button",
      {
        type: "button",
        role: "tab",
        class: "kind-tab",
        id: `kind-${name}`,
        "aria-controls": "composer",
        onclick: () => this.#choose(name),
      },
      label,
    );
  }

  #choose(name) {
    if (name === this.#chosen) return;
    this.chosen = name;
    this.dispatchEvent(new Event("change"));
  }

  #step(event) {
    const names = [...this.#tabs.keys()];
    const last = names.length - 1;
    const at = names.indexOf(this.#chosen);
    const ends = { Home: 0, End: last };
    const to = ends[event.key] ?? at + STEPS[event.key];
    if (Number.isNaN(to)) return;
    event.preventDefault();
    this.#choose(names.at(to > last ? 0 : to));
    this.#tabs.get(this.#chosen).focus();
  }
}
