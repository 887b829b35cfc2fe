/**
 * <before-after>: two pictures of one size and a line between them that can be moved,
 * by pointer and by the arrow keys alike: it is a range input over the pictures.
 */

import { element } from "./dom.js";

class BeforeAfter extends HTMLElement {
  #name = "photograph";
  #before = element("img", { class: "before" });
  #after = element("img", { class: "after", alt: "The painted picture" });
  #slider = element("input", {
    type: "range",
    min: 0,
    max: 100,
    step: 1,
    value: 50,
    class: "divider-input",
  });

  connectedCallback() {
    if (this.firstChild) return;
    const line = element(
      "span",
      { class: "divider", "aria-hidden": "true" },
      element("span", { class: "divider-grip" }),
    );
    this.append(this.#after, this.#before, line, this.#slider);
    this.#slider.addEventListener("input", () => this.#move());
    this.#move();
  }

  /** Show these; without a photograph, or what is `named`, there is nothing to compare. */
  show(beforeUrl, afterUrl, description, named = "photograph") {
    this.#name = named;
    this.#before.alt = `The ${named}`;
    this.#slider.setAttribute(
      "aria-label",
      `How much of the ${named} is shown beside the painted picture`,
    );
    this.#move();
    this.#after.src = afterUrl;
    this.#after.alt = description;
    this.#before.hidden = this.#slider.hidden = !beforeUrl;
    this.classList.toggle("has-before", Boolean(beforeUrl));
    if (beforeUrl) this.#before.src = beforeUrl;
  }

  /** Show another painted picture; return the address of the one before, now unseen. */
  async renew(afterUrl) {
    const before = this.#after.src;
    this.#after.src = afterUrl;
    await this.#after.decode().catch(() => null);
    return before;
  }

  #move() {
    const share = Number(this.#slider.value);
    this.style.setProperty("--share", `${share}%`);
    this.#slider.setAttribute("aria-valuetext", `${share} % ${this.#name}`);
  }
}

customElements.define("before-after", BeforeAfter);
