/**
 * The picture view: shows the photograph, then the picture as it is painted, then both;
 * or the clip in its place.
 *
 * It holds the addresses of blobs and gives each back when it is no longer shown.
 */

import "./before-after.js";
import { readPly } from "./clouds/ply.js";
import { viewOf } from "./clouds/point-view.js";
import { readPoints } from "./clouds/points.js";
import { byId, element, prefersStillness } from "./dom.js";
import { measure } from "./pictures.js";
import { fetchPicture } from "./service.js";
import { isFilm } from "./shown.js";
import { bytes, count, duration } from "./words.js";

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
  /** Not with clouds: their previews have shapes of their own. */
  #isShapeKnown = true;

  /** Show an empty canvas, or the photograph that was chosen. */
  compose(photograph) {
    this.#clear();
    const { file, size } = photograph;
    this.#stage.dataset.state = file ? "photograph" : "empty";
    byId("photo-change").hidden = !file;
    if (size) this.#setSize(size.width, size.height);
    if (size?.seconds) this.#layers.append(film(size.url, file.name));
    else if (size) this.#layers.append(layer(size.url, file.name));
    else if (file) this.#showUnseen(file);
    const told = [
      ...(size ? [`${size.width} × ${size.height} pixels`] : []),
      ...(size?.seconds ? [duration(size.seconds)] : []),
      ...(file && !size ? [bytes(file.size)] : []),
    ];
    this.#caption.textContent = told.join(", ");
  }

  /** Show a file that is neither picture nor film, if it is a cloud that can be. */
  async #showUnseen(file) {
    const words = element("p", { class: "unseen" }, `${file.name} cannot be shown here.`);
    this.#layers.append(words);
    const { signal } = this.#leaving;
    const points = await readPly(file).catch(() => null);
    if (!points || signal.aborted) return;
    const view = viewOf(points, file.name);
    if (view) words.replaceWith(view);
  }

  /**
   * Show a cloud that can be turned.
   * @param {Blob} file `points.bin` of its job
   */
  async turn(file, description) {
    const points = await readPoints(file);
    const view = viewOf(points, description);
    if (view === null) throw new Error("This browser cannot show the cloud.");
    this.#clear();
    this.#stage.dataset.state = "finished";
    this.#setSize(4, 3);
    this.#layers.append(view);
    const shown = points.positions.length / 3;
    const some = shown < points.total ? `${shown} of ${points.total} points. ` : "";
    this.#caption.textContent = `${some}Drag it, or use the arrow keys, to turn it.`;
  }

  /**
   * Begin a job: show the photograph, faintly, until there is a preview.
   * @param {Blob | null} photograph
   * @param {{width?: number, height?: number}} [size] that it has
   */
  begin(photograph, size) {
    this.#clear();
    this.#isShapeKnown = Boolean(size?.width);
    this.#stage.dataset.state = "painting";
    byId("photo-change").hidden = true;
    this.#setSize(size?.width ?? 4, size?.height ?? 3);
    const type = photograph?.type ?? "";
    if (type.startsWith("image/"))
      this.#layers.append(layer(this.#hold(photograph), "The photograph"));
    else if (type.startsWith("video/"))
      this.#layers.append(still(this.#hold(photograph)));
    this.#caption.textContent = "";
  }

  /**
   * Show a newer state of the picture; older ones, and any while one is on its way, wait.
   * @param {{step: number, url: string}} preview
   * @param {string} unit what its steps are, one of them: "frame"
   */
  async preview({ step, url }, unit) {
    if (step <= this.#newestStep) return;
    this.#pending = { step, url, unit };
    if (this.#isFetching) return;
    this.#isFetching = true;
    const { signal } = this.#leaving;
    while (this.#pending && !signal.aborted) {
      const next = this.#pending;
      this.#pending = null;
      // What fails is a preview less, which nobody need be told.
      const blob = await fetchPicture(next.url, { signal }).catch(() => null);
      if (blob && !signal.aborted) await this.#lay(blob, next);
    }
    if (this.#leaving.signal === signal) this.#isFetching = false;
  }

  /** Show the finished picture beside the photograph, or another that is `named`. */
  finish(photograph, picture, { width, height }, description, named) {
    const comparison = document.createElement("before-after");
    this.#clear();
    this.#stage.dataset.state = "finished";
    this.#setSize(width, height);
    this.#layers.append(comparison);
    comparison.show(
      photograph && this.#hold(photograph),
      this.#hold(picture),
      description,
      named,
    );
    this.#caption.textContent = photograph
      ? `${width} × ${height} pixels. Drag the line, or use the arrow keys, to compare.`
      : `${width} × ${height} pixels`;
  }

  /**
   * Show what came of a job: a film that plays, or a picture.
   * @param {{media_type: string, width: number, height: number, address: string,
   *   poster?: Blob}} file
   */
  show({ width, height, address, poster, ...file }, description) {
    this.#clear();
    this.#stage.dataset.state = "finished";
    byId("photo-change").hidden = true;
    this.#setSize(width, height);
    const made = isFilm(file) ? film(address, description) : layer(address, description);
    if (poster && isFilm(file)) made.poster = this.#hold(poster);
    this.#layers.append(made);
    this.#caption.textContent = `${width} × ${height} pixels`;
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

  async #lay(blob, { step, unit }) {
    const after = `after ${count(step, unit)}`;
    const image = layer(this.#hold(blob), `The picture ${after}`);
    await image.decode().catch(() => null);
    this.#newestStep = step;
    this.#stage.dataset.step = step;
    if (!this.#isShapeKnown && image.naturalWidth)
      this.#setSize(image.naturalWidth, image.naturalHeight);
    const older = [...this.#layers.children];
    image.classList.add("is-arriving");
    this.#layers.append(image);
    this.#caption.textContent = `A${after.slice(1)}`;
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

const film = (src, label) =>
  element("video", {
    ...{ class: "layer film", src, "aria-label": label, preload: "metadata" },
    ...{ controls: true, loop: true, playsinline: true },
  });
/** A clip that only stands for the photograph. */
const still = (src) =>
  element("video", { class: "layer", src, "aria-label": "The clip", preload: "auto" });
const layer = (src, alt) =>
  element("img", { class: "layer", src, alt, draggable: "false" });
