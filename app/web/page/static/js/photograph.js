/**
 * The photograph, or the clip or cloud in its place: chosen, dropped, pasted or taken;
 * there is one at a time.
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
  #turn = 0;
  #isOpen;
  #arrived;

  /**
   * @param {() => boolean} isOpen whether a photograph may be put in the picture view now
   * @param {(file: File) => void} arrived is told of a file before it is put there
   */
  constructor(isOpen, arrived) {
    super();
    this.#isOpen = isOpen;
    this.#arrived = arrived;
    for (const id of ["photo-file", "photo-camera"]) {
      const input = byId(id);
      input.addEventListener("change", () => {
        if (input.files[0]) this.#receive(input.files[0]);
        input.value = "";
      });
    }
    byId("photo-change").addEventListener("click", () => byId("photo-file").click());
    this.#watchDrops(byId("stage"));
    document.addEventListener("paste", (event) => this.#paste(event));
  }

  /**
   * Ask for what a kind is made from.
   * @param {import("./kinds.js").Kind} kind
   */
  ask({ content, paintings, limits, isPicture }) {
    this.#limits = isPicture ? limits : {};
    const noun = (content ?? paintings).noun;
    byId("blank-title").textContent = `Begin with a ${noun}`;
    byId("blank-actions").hidden = content === null;
    byId("photo-change-what").textContent = `the ${noun}`;
    if (content === null)
      return tell(byId("photo-hint"), `Choose the ${noun}, or bring your own.`);
    const most = limits.max_image_bytes ?? limits.max_bytes;
    const types = content.description.split(": ").at(-1).replace(/\.$/, "");
    const upTo = most ? ` up to ${bytes(most)}` : "";
    tell(byId("photo-hint"), `or drop one here, or paste it. ${types}${upTo}.`);
    byId("photo-choose-words").textContent = `Choose a ${noun}`;
    byId("photo-file").accept = [...content.media_types, ...content.endings].join();
    const camera = ["image", "video"].find((medium) =>
      content.media_types[0].startsWith(`${medium}/`),
    );
    byId("photo-take").hidden = !camera;
    byId("photo-camera").accept = `${camera}/*`;
  }

  /** Put a file in the picture view, or take it away with null; the last one stays. */
  async put(file) {
    const turn = ++this.#turn;
    const size = file && (await measure(file));
    const isSmall = !size || !file.type.startsWith("image/");
    const fitted = isSmall ? file : await fit(file, size, this.#limits);
    if (turn !== this.#turn) return size && URL.revokeObjectURL(size.url);
    this.file = fitted;
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
    if (file && this.#isOpen()) this.#receive(file);
  }

  #receive(file) {
    this.#arrived(file);
    this.put(file);
  }
}
