/**
 * The picture view: shows the photograph, then the picture as it is painted, then both.
 *
 * It holds the addresses of blobs and gives each back when it is no longer shown.
 */

import "./before-after.js";
import { byId, element, prefersStillness } from "./dom.js";
import { measure } from "./pictures.js";
import { fetchPicture } from "./service.js";

const FADE_MILLISECONDS = 700;

export class PictureView {
  #stage = byId("stage");
  #layers = byId("layers");
  #caption = byId("caption-text");
  #held = new Set();
  #leaving = new AbortController();
  #newestStep = -1;
  #isFetching = false;
  #pending = null;

  /** Show an empty canvas, or the photograph that was chosen. */
  compose(photograph) {
    this.#clear();
    const { file, size } = photograph;
    this.#stage.dataset.state = file ? "photograph" : "empty";
    byId("photo-change").hidden = !file;
    if (size) this.#setSize(size.width, size.height);
    if (size) this.#layers.append(layer(size.url, file.name));
    else if (file)
      this.#layers.append(
        element("p", { class: "unseen" }, `${file.name} cannot be shown here.`),
      );
    this.#caption.textContent = size ? `${size.width} × ${size.height} pixels` : "";
  }

  /**
   * Begin a job: show the photograph, faintly, until there is a preview.
   * @param {Blob | null} photograph
   */
  begin(photograph, { width, height }) {
    this.#clear();
    this.#stage.dataset.state = "painting";
    byId("photo-change").hidden = true;
    this.#setSize(width, height);
    if (photograph)
      this.#layers.append(layer(this.#hold(photograph), "The photograph"));
    this.#caption.textContent = "";
  }

  /** Show a newer state of the picture; older ones, and any while one is on its way, wait. */
  async preview({ step, url }) {
    if (step <= this.#newestStep) return;
    this.#pending = { step, url };
    if (this.#isFetching) return;
    this.#isFetching = true;
    const { signal } = this.#leaving;
    while (this.#pending && !signal.aborted) {
      const next = this.#pending;
      this.#pending = null;
      // What fails is a preview less, which nobody need be told.
      const blob = await fetchPicture(next.url, { signal }).catch(() => null);
      if (blob && !signal.aborted) await this.#lay(blob, next.step);
    }
    if (this.#leaving.signal === signal) this.#isFetching = false;
  }

  /** Show the finished picture beside the photograph. */
  finish(photograph, picture, { width, height }, description) {
    const comparison = document.createElement("before-after");
    this.#clear();
    this.#stage.dataset.state = "finished";
    this.#setSize(width, height);
    this.#layers.append(comparison);
    comparison.show(
      photograph && this.#hold(photograph),
      this.#hold(picture),
      description,
    );
    this.#caption.textContent = photograph
      ? `${width} × ${height} pixels. Drag the line, or use the arrow keys, to compare.`
      : `${width} × ${height} pixels`;
  }

  /**
   * Show a picture that another may soon replace, beside its photograph; the line
   * between them stays where it is.
   */
  async draft(photograph, picture, seconds) {
    const size = await measure(picture);
    if (size === null) return;
    URL.revokeObjectURL(size.url);
    if (this.#stage.dataset.state === "draft")
      this.#release(await this.#layers.querySelector("before-after").renew(this.#hold(picture)));
    else this.finish(photograph, picture, size, "The painted picture");
    this.#stage.dataset.state = "draft";
    byId("photo-change").hidden = false;
    this.#caption.textContent = `${size.width} × ${size.height} pixels, in ${seconds.toFixed(1)} seconds. Drag the line to compare.`;
  }

  /** Show the photograph again, if a draft is shown. */
  leaveDraft(photograph) {
    if (this.#stage.dataset.state === "draft") this.compose(photograph);
  }

  /** End the painting without a picture: what is in the picture view stays. */
  rest() {
    this.#leaving.abort();
    this.#stage.dataset.state = "resting";
  }

  async #lay(blob, step) {
    const image = layer(this.#hold(blob), `The picture after ${step} steps`);
    await image.decode().catch(() => null);
    this.#newestStep = step;
    this.#stage.dataset.step = step;
    const older = [...this.#layers.children];
    image.classList.add("is-arriving");
    this.#layers.append(image);
    this.#caption.textContent = `After ${step} steps`;
    const remove = () => older.forEach((each) => this.#drop(each));
    if (prefersStillness()) remove();
    else setTimeout(remove, FADE_MILLISECONDS);
  }

  #setSize(width, height) {
    this.#stage.style.setProperty("--width", width);
    this.#stage.style.setProperty("--height", height);
  }

  #hold(blob) {
    const url = URL.createObjectURL(blob);
    this.#held.add(url);
    return url;
  }

  #drop(image) {
    image.remove();
    this.#release(image.src);
  }

  #release(url) {
    if (this.#held.delete(url)) URL.revokeObjectURL(url);
  }

  #clear() {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#isFetching = false;
    this.#pending = null;
    this.#newestStep = -1;
    delete this.#stage.dataset.step;
    this.#layers.replaceChildren();
    for (const url of this.#held) URL.revokeObjectURL(url);
    this.#held.clear();
  }
}

const layer = (src, alt) =>
  element("img", { class: "layer", src, alt, draggable: "false" });
