/**
 * Where each chosen painting goes on the photograph, and what of it is kept: masks that are
 * painted before a job is sent. Another photograph begins without any. Fires `change`.
 */

import { byId, element } from "../dom.js";
import { percent } from "../words.js";
import { maskOf } from "./mask.js";
import { MaskEditor } from "./mask-editor.js";

/** What of the photograph is kept, among what masks are for. */
const KEPT = { key: "kept", title: "Kept parts" };

export class Masks extends EventTarget {
  #photograph;
  #gallery;
  #editor = new MaskEditor();
  /** @type {Map<string, import("./mask.js").Mask>} by the keys of paintings */
  #masks = new Map();
  #file = null;
  #slot = null;
  #keptSlot = null;
  #button = element(
    "button",
    {
      ...{ type: "button", class: "button", id: "mask-open", hidden: true },
      onclick: () => this.#toggle(),
    },
    "",
  );

  /**
   * @param {import("../photograph.js").Photograph} photograph
   * @param {import("../gallery.js").Gallery} gallery
   */
  constructor(photograph, gallery) {
    super();
    this.#photograph = photograph;
    this.#gallery = gallery;
    byId("weights").after(this.#button);
    photograph.addEventListener("change", () => this.#follow());
    gallery.addEventListener("change", () => this.#follow());
  }

  /** Take what the kind that is asked for has masks for. */
  use({ mask, kept }) {
    this.#slot = mask;
    this.#keptSlot = kept;
    this.#follow();
  }

  close() {
    this.#editor.close();
  }

  /**
   * Forget all, and take these in their places.
   * @param {(Blob | null | undefined)[]} blobs one for each painting that is chosen
   * @param {Blob | null} [kept]
   */
  async fill(blobs, kept = null) {
    this.#masks.clear();
    const { size } = this.#photograph;
    const pairs = this.#gallery.chosen.map(({ key }, place) => [key, blobs[place]]);
    pairs.push([KEPT.key, kept]);
    for (const [key, blob] of pairs)
      if (blob && size) await maskOf(this.#masks, key, size).load(blob);
    this.#follow();
  }

  /**
   * Return the masks of paintings, null for one without.
   * @param {{key: string}[]} paintings
   * @returns {Promise<(Blob | null)[]>}
   */
  of(paintings) {
    const masks = paintings.map(({ key }) => (this.#slot ? this.#masks.get(key) : null));
    return Promise.all(masks.map(blobOf));
  }

  /** Return the mask of what is kept of the photograph, null if nothing is. */
  async kept() {
    return this.#keptSlot ? blobOf(this.#masks.get(KEPT.key)) : null;
  }

  get #targets() {
    const paintings = this.#slot ? this.#gallery.chosen : [];
    return this.#keptSlot ? [...paintings, KEPT] : paintings;
  }

  #toggle() {
    if (this.#editor.isOpen) return this.#editor.close();
    this.#editor.open({
      shape: this.#photograph.size,
      targets: this.#targets,
      masks: this.#masks,
      changed: () => this.dispatchEvent(new Event("change")),
      closed: () => {
        this.#lay();
        this.#button.focus();
      },
    });
    this.#lay();
  }

  #follow() {
    if (this.#photograph.file !== this.#file) {
      this.#file = this.#photograph.file;
      this.#masks.clear();
      this.#editor.close();
    }
    const isPossible = this.#slot && this.#photograph.size && this.#gallery.chosen.length;
    if (!isPossible) this.#editor.close();
    this.#button.hidden = !isPossible;
    this.#editor.offer(this.#targets);
    this.#lay();
  }

  #lay() {
    const masks = this.#gallery.chosen.map(({ key }) => this.#masks.get(key));
    const there = masks.filter((mask) => mask && !mask.isEmpty);
    const share = there.reduce((sum, mask) => sum + mask.share, 0);
    this.#button.setAttribute("aria-expanded", String(this.#editor.isOpen));
    const kept = this.#keptSlot ? (this.#masks.get(KEPT.key)?.share ?? 0) : 0;
    const told = [
      ...(there.length ? [`Where it goes: ${percent(Math.min(1, share))} of the picture`] : []),
      ...(kept ? [`Kept: ${percent(kept)} of the photograph`] : []),
    ];
    this.#button.textContent = told.join(". ") || "Choose where it goes, with a brush";
  }
}

const blobOf = (mask) => (!mask || mask.isEmpty ? null : mask.toBlob());
