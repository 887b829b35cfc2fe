/**
 * The states that a picture went through, or the frames of a clip that are painted, as far
 * as the service keeps them: one that is chosen lies over the picture view, what comes
 * meanwhile goes on beneath. A frame lies beside that of the clip, if the page has it.
 */

import "./before-after.js";
import { ClipFrames } from "./clip-frames.js";
import { byId, element } from "./dom.js";
import { below, ifThere, locate, requestJson } from "./service.js";
import { count } from "./words.js";

/** More are thinned out: the oldest, the newest and every so many between them. */
const MOST_SHOWN = 16;

export class PreviewStrip {
  #job = null;
  #unit = "step";
  /** @type {Map<number, string>} addresses by step */
  #addresses = new Map();
  #chosen = null;
  /** @type {ClipFrames | null} */
  #clip = null;
  #leaving = new AbortController();
  #row = element("div", { class: "look-row" });
  #from = element(
    "button",
    { type: "button", class: "button", hidden: true },
    "Try another way from here",
  );
  #scrubber = element("input", {
    ...{ type: "range", min: 0, step: 1, class: "scrubber", hidden: true },
    "aria-label": "Go through the frames",
  });
  #node = element(
    "fieldset",
    { class: "looking-back", hidden: true },
    element("legend", { class: "visually-hidden" }, "Look back at"),
    this.#row,
    this.#scrubber,
    this.#from,
  );
  #picture = element("img", { class: "look-back", hidden: true });
  #comparison = element("before-after", { class: "look-beside" });

  /** @param {(step: number) => void} branch begins another picture from a kept state */
  constructor(branch) {
    this.#from.addEventListener("click", () => branch(Number(this.#from.value)));
    byId("caption").after(this.#node);
    byId("canvas").append(this.#picture);
    this.#scrubber.addEventListener("input", () => this.#scrub());
    this.#row.addEventListener("change", ({ target }) =>
      this.#look(target.value === "" ? null : Number(target.value)),
    );
  }

  /**
   * Begin with another job.
   * @param {object} job
   * @param {string} unit one of what its steps are: "frame"
   * @param {Blob | null} content what it is made from, if the page has it
   */
  async open(job, unit, content) {
    this.close();
    const isClip = content?.type.startsWith("video/") && isPaintedInOrder(job);
    this.#clip = isClip ? new ClipFrames(content, job) : null;
    this.#job = job;
    this.#unit = unit;
    const { signal } = (this.#leaving = new AbortController());
    const address = below(job, "/previews");
    const told = await ifThere(requestJson(address, { signal })).catch(() => null);
    if (signal.aborted || !told) return;
    for (const { step, url } of told.data) this.#addresses.set(step, url);
    this.#lay();
  }

  /** There is one more. */
  add({ step, url }) {
    if (!new URL(locate(url)).searchParams.has("step")) return; // Whichever is newest.
    this.#addresses.set(step, url);
    this.#lay();
  }

  close() {
    this.#leaving.abort();
    this.#addresses.clear();
    this.#clip?.close();
    this.#clip = null;
    this.#look(null);
    this.#lay();
  }

  #look(step) {
    this.#chosen = step;
    this.#offer(step);
    this.#layScrubber();
    const address = this.#addresses.get(step);
    this.#comparison.remove();
    this.#picture.hidden = !address;
    if (!address) return this.#picture.removeAttribute("src");
    this.#picture.alt = this.#wordsOf(step);
    this.#picture.src = locate(address).href;
    this.#compare(step);
  }

  /** Lay a painted frame over the clip's, with the line between them. */
  async #compare(step) {
    const before = await this.#clip?.at(step);
    if (!before || this.#chosen !== step) return;
    const { src, alt } = this.#picture;
    byId("canvas").append(this.#comparison);
    this.#comparison.show(before, src, alt, "clip");
  }

  /** Look at any of the frames that are kept, also those that the row leaves out. */
  #scrub() {
    this.#look(this.#steps[this.#scrubber.value]);
    this.#lay();
  }

  get #steps() {
    return [...this.#addresses.keys()].sort((a, b) => a - b);
  }

  #layScrubber() {
    const steps = this.#steps;
    this.#scrubber.hidden = !this.#clip || steps.length < 2;
    if (this.#scrubber.hidden) return;
    const place = this.#chosen === null ? steps.length - 1 : steps.indexOf(this.#chosen);
    this.#scrubber.max = steps.length - 1;
    this.#scrubber.value = place;
    this.#scrubber.setAttribute("aria-valuetext", `Frame ${steps[place]}`);
  }

  /** Offer another way from the last state that is kept of before a picture. */
  async #offer(step) {
    this.#from.hidden = true;
    if (step === null) return;
    const { signal } = this.#leaving;
    const job = await requestJson(below(this.#job), { signal }).catch(() => null);
    if (signal.aborted || this.#chosen !== step) return;
    const state = job?.states?.filter((each) => each.step <= step).at(-1);
    if (!state) return;
    this.#from.value = state.step;
    this.#from.textContent = `Try another way from ${this.#unit} ${state.step}`;
    this.#from.hidden = false;
  }

  #wordsOf(step) {
    return `The picture after ${count(step, this.#unit)}`;
  }

  /** Lay out those that are missing, and take the others away. */
  #lay() {
    this.#layScrubber();
    const steps = thinned(this.#steps, this.#chosen);
    this.#node.hidden = steps.length < 2;
    const there = new Map(
      [...this.#row.children].map((each) => [each.dataset.step, each]),
    );
    const hasFocus = this.#row.contains(document.activeElement);
    if (hasFocus && this.#chosen !== null) return; // Nothing moves under a hand.
    const isAtEnd =
      this.#row.scrollLeft + this.#row.clientWidth >= this.#row.scrollWidth - 8;
    this.#row.replaceChildren(
      ...steps.map((step) => there.get(String(step)) ?? this.#item(step)),
      there.get("") ?? this.#now(),
    );
    const chosen = this.#row.querySelector(`[value="${this.#chosen ?? ""}"]`);
    chosen.checked = true;
    if (hasFocus) chosen.focus();
    if (isAtEnd) this.#row.scrollLeft = this.#row.scrollWidth;
  }

  #item(step) {
    const src = locate(this.#addresses.get(step)).href;
    return this.#choice(
      step,
      element("img", { src, alt: this.#wordsOf(step), loading: "lazy" }),
      element("span", { class: "look-step", "aria-hidden": "true" }, step),
    );
  }

  #now() {
    return this.#choice("", element("span", { class: "look-now" }, "As it is"));
  }

  #choice(value, ...faces) {
    const input = element("input", {
      ...{ type: "radio", name: "look-back", value: String(value) },
      class: "visually-hidden",
    });
    return element("label", { class: "look", "data-step": String(value) }, input, ...faces);
  }
}

/** Whether the n-th frame that is painted is the n-th of the clip. */
const isPaintedInOrder = ({ params }) => !params.propagate && (params.passes ?? 1) === 1;

/** Return at most so many steps, evenly spread; the one that is chosen stays. */
function thinned(steps, chosen) {
  if (steps.length <= MOST_SHOWN) return steps;
  const gap = (steps.length - 1) / (MOST_SHOWN - 1);
  const places = new Set(Array.from({ length: MOST_SHOWN }, (_, i) => Math.round(i * gap)));
  return steps.filter((step, place) => places.has(place) || step === chosen);
}
