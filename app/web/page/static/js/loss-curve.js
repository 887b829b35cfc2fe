/**
 * <loss-curve>: how the loss falls, on a logarithmic axis, drawn as the job paints.
 *
 * Each scale starts higher than the one before ended, for a larger picture has more to
 * get wrong: the line is broken there.
 */

import { drawing, element } from "./dom.js";

const [WIDTH, HEIGHT, MARGIN] = [320, 120, 6];
/** The last one is drawn over the others. */
const TERMS = ["content", "style", "total"];

class LossCurve extends HTMLElement {
  /** @type {{step: number, scale: number, total: number}[]} */
  #points = [];
  #awaitsFrame = false;

  connectedCallback() {
    this.#draw();
  }

  /** Draw all of these. */
  set points(points) {
    this.#points = points.toSorted((a, b) => a.step - b.step);
    this.#drawSoon();
  }

  /** Go on to this point; what is not newer than the last one is left out. */
  add(point) {
    if (point.step <= (this.#points.at(-1)?.step ?? -1)) return;
    this.#points.push(point);
    this.#drawSoon();
  }

  #drawSoon() {
    if (this.#awaitsFrame) return;
    this.#awaitsFrame = true;
    requestAnimationFrame(() => {
      this.#awaitsFrame = false;
      this.#draw();
    });
  }

  #draw() {
    const frame = drawing("svg", {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "img",
      "aria-label": this.#description(),
    });
    if (this.#points.length > 1) {
      const place = this.#axes();
      for (const step of this.#scaleStarts()) frame.append(ruler(place.x(step)));
      for (const term of TERMS) frame.append(this.#line(term, place));
    }
    this.replaceChildren(frame, this.#legend());
  }

  #legend() {
    const last = this.#points.at(-1) ?? {};
    const terms = TERMS.toReversed().map((term) =>
      element(
        "span",
        { class: `legend ${term}` },
        `${term} ${last[term] === undefined ? "" : brief(last[term])}`,
      ),
    );
    return element("p", { class: "legend-row", "aria-hidden": "true" }, ...terms);
  }

  #axes() {
    const steps = this.#points.map(({ step }) => step);
    const values = this.#points
      .flatMap((point) => TERMS.map((term) => point[term]))
      .filter((value) => value > 0);
    const [first, last] = [steps[0], Math.max(steps.at(-1), steps[0] + 1)];
    const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
    const height = HEIGHT - 2 * MARGIN;
    return {
      x: (step) => MARGIN + ((step - first) / (last - first)) * (WIDTH - 2 * MARGIN),
      y: (value) =>
        HEIGHT - MARGIN - ((Math.log(value) - low) / (high - low || 1)) * height,
    };
  }

  #scaleStarts() {
    return this.#points
      .filter(({ scale }, index) => index && scale !== this.#points[index - 1].scale)
      .map(({ step }) => step);
  }

  #line(term, { x, y }) {
    let path = "";
    let scale = null;
    for (const point of this.#points) {
      if (!(point[term] > 0)) continue;
      const stroke = point.scale === scale ? "L" : "M";
      path += `${stroke}${x(point.step).toFixed(1)} ${y(point[term]).toFixed(1)}`;
      scale = point.scale;
    }
    return drawing("path", { d: path, class: `loss-line ${term}` });
  }

  #description() {
    if (this.#points.length < 2) return "The loss; there are no values yet.";
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    return `The loss from step ${first.step} to ${last.step}: it went from ${brief(first.total)} to ${brief(last.total)}.`;
  }
}

const ruler = (x) =>
  drawing("line", {
    x1: x,
    x2: x,
    y1: MARGIN,
    y2: HEIGHT - MARGIN,
    class: "scale-line",
  });
export const brief = (value) =>
  Number(value?.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });

/**
 * Read the points out of `GET /v1/jobs/{id}/losses`, or out of a job's progress.
 * @param {object[]} entries with the terms in `loss` or beside `step`
 */
export function pointsOf(entries) {
  return entries
    .map((entry) => ({ ...entry, ...entry.loss }))
    .filter(({ total }) => Number.isFinite(total));
}

customElements.define("loss-curve", LossCurve);
