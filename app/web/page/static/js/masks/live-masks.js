/**
 * The brush over a picture that is being painted: each finished stroke is sent, one
 * request after the other, and the newest mask of a painting counts.
 */

import { announce, element, tell } from "../dom.js";
import { below, fetchPicture, request, requestJson } from "../service.js";
import { unitOf } from "../words.js";
import { maskOf } from "./mask.js";
import { MaskEditor } from "./mask-editor.js";

const PREFIX = "mask/";
export const isMask = (name) => name.startsWith(PREFIX);

export class LiveMasks {
  #job = null;
  #titles = [];
  #editor = new MaskEditor();
  /** @type {Map<string, import("./mask.js").Mask>} by the names of inputs: `mask/0` */
  #masks = new Map();
  /** What the service has under each name: a hash, null for none. */
  #kept = {};
  /** @type {Set<string>} names of masks that were changed and are not yet sent */
  #waiting = new Set();
  #isSending = false;
  #showProblem;
  #state = element("p", { class: "steer-state", hidden: true });
  #button = element(
    "button",
    { type: "button", class: "button", "data-tool": "masks", onclick: () => this.#toggle() },
    "Choose where it goes, with a brush",
  );
  node = element("div", { class: "steer-masks" }, this.#button, this.#state);

  /** @param {(error: Error | null) => void} showProblem */
  constructor(showProblem) {
    this.#showProblem = showProblem;
  }

  /**
   * Begin with another job.
   * @param {object} job
   * @param {string[]} titles of its paintings
   */
  open(job, titles) {
    this.close();
    this.#job = job;
    this.#titles = titles;
    this.#kept = {};
    this.#masks.clear();
    this.#waiting.clear();
    tell(this.#state, "");
  }

  /** Take in what the service has of the masks that can be replaced. */
  know(values) {
    const entries = Object.entries(values).filter(([name]) => isMask(name));
    for (const [name, hash] of entries)
      if (this.#kept[name] !== hash && !this.#editor.isOpen) this.#masks.delete(name);
    this.#kept = Object.fromEntries(entries);
  }

  /** Whether there is one that can be replaced. */
  get arePossible() {
    return Object.keys(this.#kept).length > 0;
  }

  /** A change of the job holds from a step on. */
  applied({ step, changes }) {
    if (!Object.keys(changes).some(isMask) || this.#waiting.size) return;
    const since = `${unitOf(this.#job.progress)} ${step}`;
    tell(this.#state, `holds since ${since}`);
    announce(`The mask holds from ${since} on.`);
  }

  close() {
    this.#editor.close();
  }

  async #toggle() {
    if (this.#editor.isOpen) return this.#editor.close();
    const { content } = this.#job.input;
    await Promise.all(Object.keys(this.#kept).map((name) => this.#fetch(name)));
    this.#editor.open({
      shape: content,
      targets: Object.keys(this.#kept).map((key, place) => ({
        key,
        title: this.#titles[place],
      })),
      masks: this.#masks,
      changed: (name) => this.#send(name),
      closed: () => this.#button.focus(),
    });
  }

  async #fetch(name) {
    if (this.#kept[name] === null || this.#masks.has(name)) return;
    const address = below(this.#job, `/inputs/${name}`);
    const blob = await fetchPicture(address).catch(() => null);
    if (blob) await maskOf(this.#masks, name, this.#job.input.content).load(blob);
  }

  async #send(name) {
    this.#waiting.add(name);
    tell(this.#state, "on its way");
    if (this.#isSending) return;
    this.#isSending = true;
    this.#showProblem(null);
    for (const each of this.#waiting) {
      this.#waiting.delete(each);
      await this.#replace(each).catch((error) => {
        tell(this.#state, "");
        this.#showProblem(error);
      });
    }
    this.#isSending = false;
  }

  async #replace(name) {
    const mask = this.#masks.get(name);
    if (mask.isEmpty)
      return requestJson(this.#job.urls.controls, {
        method: "PATCH",
        body: JSON.stringify({ [name]: null }),
        headers: { "Content-Type": "application/json" },
        insist: true,
      });
    return request(below(this.#job, `/inputs/${name}`), {
      method: "PUT",
      body: await mask.toBlob(),
      headers: { "Content-Type": "image/png" },
      insist: true,
    });
  }
}
