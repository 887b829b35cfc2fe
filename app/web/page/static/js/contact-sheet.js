/** The photograph in every style there is, in one click; a picture chooses its style. */

import { byId, element, tell } from "./dom.js";
import { withUploads } from "./kept-uploads.js";
import { inWords } from "./problems.js";
import { fetchPicture, postJson, requestJson } from "./service.js";
import { sheetDialog } from "./sheet-dialog.js";
import { count } from "./words.js";

const SIDE = 256;
/** So many jobs a batch may have. */
const MOST = 32;
const INTERVAL_MILLISECONDS = 400;
const SHARED = ["style_strength", "color", "style_scale"];

export class ContactSheet {
  #composer;
  #uploads;
  #leaving = null;
  #held = [];
  #note = element("p", { class: "hint", role: "status" });
  #grid = element("div", { class: "sheet-grid" });
  #dialog = sheetDialog("sheet", "Your photograph in every style", this.#note, this.#grid);
  #button = element(
    "button",
    { type: "button", class: "button", id: "try-all", hidden: true },
    "See all on my photograph",
  );

  constructor(composer, uploads) {
    this.#composer = composer;
    this.#uploads = uploads;
    byId("gallery-note").after(this.#button);
    document.body.append(this.#dialog);
    this.#button.addEventListener("click", () => this.#open());
    this.#dialog.addEventListener("close", () => this.#leave());
    composer.addEventListener("changed", () => {
      const { photograph, engines, isPicture } = composer.asked;
      this.#button.hidden = !photograph || !isPicture || !engines.includes("fast");
    });
  }

  async #open() {
    const { signal } = (this.#leaving = new AbortController());
    const paintings = this.#composer.gallery.all;
    const tiles = paintings.map((each) => this.#tile(each));
    this.#grid.replaceChildren(...tiles.map(({ node }) => node));
    this.#dialog.showModal();
    this.#say(0, paintings.length);
    try {
      const batches = await withUploads(this.#uploads, () => this.#send(paintings));
      await this.#follow(batches, tiles, signal);
    } catch (error) {
      if (!signal.aborted) tell(this.#note, inWords(error));
    }
  }

  #tile(painting) {
    const image = element("img", { alt: "", hidden: true });
    const node = element(
      "button",
      { type: "button", class: "sheet-tile", onclick: () => this.#choose(painting) },
      image,
      element("span", { class: "sheet-name" }, painting.title),
    );
    return { node, image };
  }

  #choose(painting) {
    this.#dialog.close();
    this.#composer.gallery.chooseOnly([{ ...painting, weight: 1 }]);
  }

  /** Return the batches, each with the place of its first painting. */
  async #send(paintings) {
    const { photograph, params } = this.#composer.asked;
    const upload = await this.#uploads.idOf(photograph, SIDE);
    const kept = SHARED.filter((name) => name in params).map((n) => [n, params[n]]);
    const asked = { ...Object.fromEntries(kept), engine: "fast", size: SIDE };
    const batches = [];
    for (let place = 0; place < paintings.length; place += MOST) {
      const some = paintings.slice(place, place + MOST);
      const styles = await Promise.all(some.map((each) => this.#named(each)));
      const body = { contents: [{ upload }], styles, params: asked };
      batches.push({ place, batch: await postJson("v1/batches", body) });
    }
    return batches;
  }

  async #named({ styleId, file }) {
    return file
      ? { upload: await this.#uploads.idOf(file, SIDE) }
      : { style_id: styleId };
  }

  async #follow(batches, tiles, signal) {
    const shown = new Set();
    let ended = 0;
    while (ended < tiles.length && !signal.aborted) {
      ended = 0;
      for (const { place, batch } of batches) {
        const { jobs, counts } = await requestJson(batch.urls.self, { signal });
        ended += counts.succeeded + counts.failed + counts.canceled + counts.deleted;
        const fresh = jobs.filter((job) => job.status === "succeeded");
        for (const job of fresh.filter(({ id }) => !shown.has(id))) {
          await this.#hang(job, tiles[place + job.style], signal);
          shown.add(job.id);
          this.#say(shown.size, tiles.length);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MILLISECONDS));
    }
  }

  async #hang({ id }, { node, image }, signal) {
    const address = `v1/jobs/${encodeURIComponent(id)}/result?proxy=1`;
    const headers = { Accept: "image/jpeg" };
    image.src = URL.createObjectURL(await fetchPicture(address, { headers, signal }));
    this.#held.push(image.src);
    image.hidden = false;
    node.classList.add("is-there");
  }

  #say(done, total) {
    const all = count(total, "style");
    tell(this.#note, done < total ? `${done} of ${all}` : `All ${all}: choose one.`);
  }

  #leave() {
    this.#leaving?.abort();
    this.#grid.replaceChildren();
    for (const url of this.#held.splice(0)) URL.revokeObjectURL(url);
  }
}
