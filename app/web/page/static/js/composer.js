/**
 * The form: puts photograph, paintings and controls together and sends them.
 *
 * Fires `changed` whenever something else would be sent, and `submitted` with the job
 * and what it was made from.
 */

import { Controls } from "./controls.js";
import { announce, byId, tell } from "./dom.js";
import { Estimate } from "./estimate.js";
import { questionOf } from "./estimate-question.js";
import { Gallery } from "./gallery.js";
import { appendMasks, appendPaintings, appendParams, inSentOrder } from "./job-form.js";
import { KEPT, kindOfFile, kindsOf } from "./kinds.js";
import { KindTabs } from "./kind-tabs.js";
import { Masks } from "./masks/masks.js";
import { Photograph } from "./photograph.js";
import { clearFault, clearProblems, showProblem } from "./problems.js";
import { LARGE_BYTES, ResumableUploads } from "./resumable.js";
import { send } from "./service.js";
import { Submission } from "./submission.js";
import { duration, percent } from "./words.js";

/** What is asked for as long as the service has not told what it offers. */
const USUAL = {
  ...{ name: "", act: "Paint", isPicture: true },
  content: { name: "content", noun: "photograph" },
  ...{ mask: null, kept: null },
  paintings: { name: "style", library_field: "style_id" },
};
const NOTHING = { params: {}, file: null };
/** Codes of uploads that the service no longer has. */
const FORGOTTEN = ["upload_not_found", "upload_expired"];

export class Composer extends EventTarget {
  photograph;
  gallery = new Gallery();
  masks;
  #controls = new Controls();
  #estimate = new Estimate(byId("estimate"));
  #submission = new Submission();
  #uploads = new ResumableUploads();
  #tabs = new KindTabs();
  /** @type {import("./kinds.js").Kind[]} */
  #kinds = [];
  #kind = USUAL;
  /** What was chosen for the kinds that are not shown, by their names. */
  #left = new Map();
  #form = byId("composer");
  #problem = byId("submit-problem");

  constructor() {
    super();
    this.photograph = new Photograph(
      () => !this.#form.hidden && !this.#submission.isBusy,
      (file) => this.#useNamed(kindOfFile(this.#kinds, file)?.name),
    );
    this.masks = new Masks(this.photograph, this.gallery);
    this.masks.addEventListener("change", () => this.#changed("mask"));
    this.#tabs.addEventListener("change", () => this.#useNamed(this.#tabs.chosen));
    this.photograph.addEventListener("change", () => this.#changed("content"));
    this.gallery.addEventListener("change", () => this.#changed("style"));
    this.#form.addEventListener("input", (event) =>
      this.#changed(event.target.dataset.field),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  /** What would be sent now, whether it is all there or not. */
  get asked() {
    return {
      isShown: !this.#form.hidden,
      act: this.#kind.act,
      isPicture: this.#kind.isPicture,
      drawsViews: this.#kind.drawsViews ?? false,
      engines: this.#controls.engines,
      photograph: this.photograph.file,
      paintings: this.gallery.chosen,
      params: this.#controls.read(),
    };
  }

  /** Build what depends on the service's abilities. */
  configure(capabilities) {
    const shown = this.#kind.name;
    this.#kinds = kindsOf(capabilities);
    this.#tabs.offer(this.#kinds);
    this.#use(this.#kinds.find(({ name }) => name === shown) ?? this.#kinds[0]);
  }

  /** What the steps of a kind's jobs are; undefined if it is not offered. */
  unitOf(name) {
    return this.#kinds.find((kind) => kind.name === name)?.unit;
  }

  #useNamed(name) {
    const kind = this.#kinds.find((each) => each.name === name);
    if (kind && kind !== this.#kind) this.#use(kind);
  }

  /** Let the form be that of a kind, as it was left. */
  #use(kind) {
    const isOther = kind.name !== this.#kind.name;
    const now = { params: this.#controls.read(), file: this.photograph.file };
    this.#left.set(this.#kind.name, now);
    const { params, file } = isOther ? (this.#left.get(kind.name) ?? NOTHING) : now;
    this.#kind = kind;
    this.#tabs.chosen = kind.name;
    this.#controls.clear();
    this.#controls.build(kind.schema, params);
    this.photograph.ask(kind);
    this.gallery.most = kind.paintings.most;
    this.masks.use(kind);
    if (file !== this.photograph.file) this.photograph.put(file);
    clearProblems(this.#problem);
    this.#changed();
  }

  set isShown(is) {
    this.#form.hidden = !is;
    if (!is) this.masks.close();
    this.#tabs.isShown = is;
    this.dispatchEvent(new Event("changed"));
  }

  /**
   * Fill the form as it was for a job.
   * @param {string} kind its name
   * @param {object} params
   * @param {File | null} photograph
   * @param {{styleId?: string, file?: File, weight: number, mask?: Blob}[]} paintings
   * @param {Blob | null} kept a mask
   */
  async fill(kind, params, photograph, paintings, kept) {
    this.#useNamed(kind);
    this.#controls.write(params);
    await this.photograph.put(photograph);
    await this.gallery.chooseOnly(paintings);
    await this.masks.fill(paintings.map(({ mask }) => mask), kept);
    this.#changed();
  }

  #changed(field) {
    if (field === "engine") this.#controls.follow();
    clearFault(field, this.#problem);
    this.#submission.renew();
    this.#estimate.renew(() => this.#question());
    this.dispatchEvent(new Event("changed"));
  }

  #question() {
    const styles = Math.max(1, this.gallery.chosen.length);
    return questionOf(this.#kind, this.photograph, styles, this.#controls.read());
  }

  /** Send what was asked for, or the same pictures with other parameters. */
  async submit(params = this.#controls.read()) {
    if (this.#submission.isBusy) return;
    clearProblems(this.#problem);
    const paintings = this.gallery.chosen;
    const fault = this.#whatIsMissing(paintings);
    if (fault) return showProblem(fault, this.#problem);
    const source = { photograph: this.photograph.file, paintings };
    const watcher = {
      sent: (fraction) => this.#showSent(fraction),
      waiting: (error, seconds) => this.#showWaiting(error, seconds),
    };
    const form = () => this.#formOf(source, params, watcher);
    this.#showSending(true);
    try {
      const job = await this.#submission.send(form, watcher);
      if (job)
        this.dispatchEvent(new CustomEvent("submitted", { detail: { job, source } }));
    } catch (error) {
      if (FORGOTTEN.includes(error.code)) this.#uploads.forget(source.photograph);
      showProblem(error, this.#problem);
    } finally {
      this.#showSending(false);
    }
  }

  /**
   * Ask what a job would look at; the same cameras will paint.
   * @returns {Promise<string[] | null>} addresses of pictures; null if a problem is shown
   */
  async survey() {
    clearProblems(this.#problem);
    const source = { photograph: this.photograph.file, paintings: this.gallery.chosen };
    const fault = this.#whatIsMissing(source.paintings);
    if (fault) return showProblem(fault, this.#problem);
    const params = this.#controls.read();
    const watcher = { sent: () => {}, waiting: () => {} };
    try {
      const form = await this.#formOf(source, params, watcher);
      const options = { headers: {}, onProgress: watcher.sent };
      const told = await send("v1/jobs?validate_only=true", form, options);
      this.#controls.write({ ...params, seed: told.params.seed });
      this.#changed("seed");
      return told.views;
    } catch (error) {
      return showProblem(error, this.#problem);
    }
  }

  async #formOf({ photograph, paintings }, params, watcher) {
    const form = new FormData();
    const { name, content } = this.#kind;
    const isUsual = [USUAL, this.#kinds[0]].includes(this.#kind);
    if (!isUsual) form.append("kind", name);
    if (content && photograph.size > LARGE_BYTES)
      form.append(
        `${content.name}_upload`,
        await this.#uploads.idOf(photograph, watcher),
      );
    else if (content)
      form.append(content.name, photograph, photograph.name || "photograph");
    appendPaintings(form, this.#kind.paintings, paintings);
    appendMasks(form, await this.masks.of(inSentOrder(paintings)));
    await this.appendKept(form, params);
    return form;
  }

  /** Append the parameters, and the mask of what is kept; one that is painted counts. */
  async appendKept(form, params) {
    const kept = await this.masks.kept();
    if (kept) form.append(this.#kind.kept.name, kept, "kept.png");
    appendParams(form, kept ? { ...params, ...KEPT } : params);
  }

  #whatIsMissing(paintings) {
    const { content } = this.#kind;
    if (content && !this.photograph.file)
      return missing(
        "content",
        `There is no ${content.noun} yet`,
        "Choose one, drop it, or paste it.",
      );
    if (!paintings.length)
      return missing(
        "style",
        "No painting is chosen",
        "Choose one, or bring your own.",
      );
    return null;
  }

  #showSending(is) {
    byId("paint").disabled = is;
    byId("upload").hidden = !is;
    if (is) this.#showSent(0);
  }

  #showSent(fraction) {
    byId("upload-progress").value = fraction;
    const isThere = fraction >= 1;
    byId("upload-words").textContent = isThere
      ? "The pictures are being checked"
      : `Sending the pictures: ${percent(fraction)}`;
  }

  #showWaiting(error, seconds) {
    const text = `${error.title}. Trying again in ${duration(seconds)}; nothing is painted twice.`;
    tell(byId("upload-words"), text);
    announce(text);
  }
}

function missing(field, title, detail) {
  return {
    title,
    detail,
    errors: [{ field: `/${field}`, message: `${title}. ${detail}` }],
  };
}
