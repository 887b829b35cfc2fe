/**
 * The photograph: chosen, dropped, pasted or taken; there is one at a time.
 *
 * Fires `change`. What is no picture is kept too: the service is the judge, and says in
 * words what it found.
 */

import { byId, tell } from "./dom.js";
import { fileAmong, fit, measure } from "./pictures.js";
import { bytes } from "./words.js";

export class Photograph extends EventTarget {
  /** @type {File | null} */
  file = null;
  /** Its size and an address to show it by; null if this browser cannot show it. */
  size = null;
  #limits = {};
  #isOpen = () => true;

  /** @param {() => boolean} isOpen whether a photograph may be put in the picture view now */
  constructor(isOpen) {
    super();
    this.#isOpen = isOpen;
    for (const id of ["photo-file", "photo-camera"]) {
      const input = byId(id);
      input.addEventListener("change", () => {
        if (input.files[0]) this.put(input.files[0]);
        input.value = "";
      });
    }
    byId("photo-change").addEventListener("click", () => byId("photo-file").click());
    this.#watchDrops(byId("stage"));
    document.addEventListener("paste", (event) => this.#paste(event));
  }

  set limits(limits) {
    this.#limits = limits;
    if (limits.max_image_bytes)
      tell(
        byId("photo-hint"),
        `or drop one here, or paste it. JPEG, PNG, WebP, HEIC or AVIF up to ${bytes(limits.max_image_bytes)}.`,
      );
  }

  /** Put a file in the picture view, or take it away with null. */
  async put(file) {
    const size = file && (await measure(file));
    this.file = file && size ? await fit(file, size, this.#limits) : file;
    if (this.size) URL.revokeObjectURL(this.size.url);
    this.size = size;
    this.dispatchEvent(new Event("change"));
  }

  #watchDrops(stage) {
    const target = document.documentElement;
    let depth = 0;
    const mark = (is) => stage.classList.toggle("is-dropping", is && this.#isOpen());
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    target.addEventListener("dragenter", (event) => {
      if (carriesFiles(event)) mark(++depth > 0);
    });
    target.addEventListener("dragleave", (event) => {
      if (carriesFiles(event)) mark(--depth > 0);
    });
    // Anywhere on the page: a file let go beside the picture shall not replace the page.
    target.addEventListener("dragover", (event) => event.preventDefault());
    target.addEventListener("drop", (event) => {
      mark((depth = 0) > 0);
      if (event.defaultPrevented) return;
      event.preventDefault();
      this.#offer(fileAmong(event.dataTransfer));
    });
  }

  #paste(event) {
    const file = fileAmong(event.clipboardData);
    if (file === null) return;
    event.preventDefault();
    this.#offer(file);
  }

  #offer(file) {
    if (file && this.#isOpen()) this.put(file);
  }
}
