/**
 * Paints masks over the picture: by mouse, finger and pen, or by a rectangle that the
 * arrow keys move. It knows neither what the masks are for nor where they are sent.
 */

import { announce, byId, element } from "../dom.js";
import { percent } from "../words.js";
import { BrushTools } from "./brush-tools.js";
import { maskOf } from "./mask.js";

const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** The rectangle goes so far at a press, and is no smaller. */
const STEP = 1 / 20;

export class MaskEditor {
  /** @type {Map<string, import("./mask.js").Mask>} by the keys of what they are for */
  #masks = new Map();
  #shape = null;
  #changed = () => {};
  #closed = () => {};
  /** @type {{x: number, y: number} | null} where the pointer was while it draws */
  #last = null;
  #rectangle = { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 };
  #frame = element("div", { class: "mask-rectangle", hidden: true });
  #ring = element("div", { class: "mask-ring", hidden: true });
  #canvases = element("div", { class: "mask-canvases" });
  #surface = element(
    "div",
    { class: "mask-surface", tabindex: "0", role: "application" },
    ...[this.#canvases, this.#frame, this.#ring],
  );
  #tools = new BrushTools({
    targeted: () => this.#show(),
    undo: () => this.#edit((mask) => mask.undo(), { isKept: false }),
    clear: () => this.#edit((mask) => mask.clear()),
    bring: (file) => this.#bring(file),
    done: () => this.close(),
  });

  constructor() {
    const on = (name, act) => this.#surface.addEventListener(name, act);
    on("pointerdown", (event) => this.#begin(event));
    on("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) on(name, () => this.#end());
    on("pointerleave", () => (this.#ring.hidden = true));
    on("keydown", (event) => this.#press(event));
    on("focus", () => this.#layFrame());
    on("blur", () => (this.#frame.hidden = true));
  }

  get isOpen() {
    return this.#surface.isConnected;
  }

  /**
   * Lay the masks over the picture.
   * @param {object} what
   * @param {{width: number, height: number}} what.shape of the picture
   * @param {{key: string, title: string}[]} what.targets what masks are for
   * @param {Map<string, import("./mask.js").Mask>} what.masks the ones that there are; new ones are added
   * @param {(key: string) => void} what.changed is told when a change is complete
   * @param {() => void} what.closed
   */
  open({ shape, targets, masks, changed, closed }) {
    this.#masks = masks;
    this.#shape = shape;
    this.#changed = changed;
    this.#closed = closed;
    this.#tools.offer(targets);
    byId("canvas").append(this.#surface);
    byId("stage").after(this.#tools.node);
    byId("stage").classList.add("is-masking");
    this.#show();
    this.#surface.focus();
    this.#frame.hidden = true; // Until a key says that it is wanted.
  }

  /** Take them away. */
  close() {
    if (!this.isOpen) return;
    this.#last = null;
    this.#surface.remove();
    this.#tools.node.remove();
    byId("stage").classList.remove("is-masking");
    this.#closed();
  }

  /** Offer other paintings. */
  offer(targets) {
    if (!this.isOpen) return;
    this.#tools.offer(targets);
    this.#show();
  }

  get #mask() {
    return maskOf(this.#masks, this.#tools.target, this.#shape);
  }

  #show() {
    const { canvas, canUndo } = this.#mask;
    this.#canvases.replaceChildren(...[...this.#masks.values()].map((m) => m.canvas));
    for (const each of this.#canvases.children)
      each.classList.toggle("is-current", each === canvas);
    this.#tools.canUndo = canUndo;
    this.#surface.setAttribute(
      "aria-label",
      "Mask. Arrow keys move a rectangle, Shift with them sizes it, Enter fills it.",
    );
  }

  #edit(act, { isKept = true } = {}) {
    if (isKept) this.#mask.keep();
    act(this.#mask);
    this.#finish();
  }

  #finish() {
    this.#show();
    announce(`The mask covers ${percent(this.#mask.share)} of the picture.`);
    this.#changed(this.#tools.target);
  }

  async #bring(file) {
    const mask = this.#mask;
    mask.keep();
    try {
      await mask.load(file);
    } catch {
      mask.undo();
      return announce("This browser cannot read that picture.");
    }
    this.#finish();
  }

  // The pointer.

  #begin(event) {
    if (event.button !== 0 || this.#last) return;
    event.preventDefault();
    this.#surface.setPointerCapture(event.pointerId);
    this.#mask.keep();
    this.#last = this.#placeOf(event);
    this.#mask.stroke(this.#last, this.#last, this.#brushFor(event));
    this.#frame.hidden = true;
  }

  #move(event) {
    this.#showRing(event);
    if (!this.#last) return;
    // A fast pen says more than once a frame where it was.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const place = this.#placeOf(each);
      this.#mask.stroke(this.#last, place, this.#brushFor(each));
      this.#last = place;
    }
  }

  #end() {
    if (!this.#last) return;
    this.#last = null;
    this.#finish();
  }

  /** A pen that is pressed harder paints broader. */
  #brushFor({ pointerType, pressure }) {
    const { brush } = this.#tools;
    const isLight = pointerType === "pen" && pressure > 0;
    return isLight ? { ...brush, radius: brush.radius * (0.4 + 0.6 * pressure) } : brush;
  }

  #placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#surface.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  #showRing(event) {
    const { width, height } = this.#surface.getBoundingClientRect();
    const { x, y } = this.#placeOf(event);
    const side = 2 * this.#tools.brush.radius * Math.max(width, height);
    this.#ring.hidden = event.pointerType === "touch";
    const [left, top] = [x * width, y * height].map((each) => `${each}px`);
    Object.assign(this.#ring.style, { left, top, width: `${side}px` });
  }

  // The keys.

  #press(event) {
    if (event.key === "Escape") return this.close();
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const { isErasing } = this.#tools.brush;
      return this.#edit((mask) => mask.fill(this.#rectangle, isErasing));
    }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    this.#shift(...arrow, event.shiftKey);
    this.#layFrame();
    const { left, top, right, bottom } = this.#rectangle;
    announce(
      `Rectangle from ${percent(left)} to ${percent(right)} across, ${percent(top)} to ${percent(bottom)} down.`,
    );
  }

  /** Move the rectangle, or its right and lower edges alone. */
  #shift(across, down, isSized) {
    const [left, right] = moved(this.#rectangle.left, this.#rectangle.right, across, isSized);
    const [top, bottom] = moved(this.#rectangle.top, this.#rectangle.bottom, down, isSized);
    this.#rectangle = { left, right, top, bottom };
  }

  #layFrame() {
    const { left, top, right, bottom } = this.#rectangle;
    const inset = [top, 1 - right, 1 - bottom, left];
    this.#frame.style.inset = inset.map((each) => `${100 * each}%`).join(" ");
    this.#frame.hidden = false;
  }
}

/** Return two edges after a step that stays within the picture. */
function moved(low, high, direction, isSized) {
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
  if (isSized) return [low, clamp(high + STEP * direction, low + STEP, 1)];
  const by = clamp(STEP * direction, -low, 1 - high);
  return [low + by, high + by];
}
