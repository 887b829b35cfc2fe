/**
 * Shows the picture at once, and anew with whatever is changed: the newest wins.
 *
 * One request is under way at a time; what changes meanwhile is asked for when its
 * answer is there, so that a slider that is dragged never builds a queue.
 */

import { announce, byId, element, tell } from "./dom.js";
import { appendMasks, appendWeights, inSentOrder } from "./job-form.js";
import { withUploads } from "./kept-uploads.js";
import { inWords } from "./problems.js";
import { fetchPicture, pictureOf, request } from "./service.js";
import { isFinal } from "./words.js";

const STILL_MILLISECONDS = 120;
const WAIT_SECONDS = 20;
/** The records of pictures that were only looked at go soon. */
const KEPT_SECONDS = 3600;
/** What means the same to the engine that takes its time. */
const SHARED = ["size", "style_strength", "color", "style_scale"];

export class Instant {
  #composer;
  #pictureView;
  #uploads;
  #timer = null;
  #pending = null;
  #leaving = null;
  #note = element("p", { class: "instant-note", role: "status", hidden: true });
  #properly = element(
    "button",
    { type: "button", class: "button primary large", id: "properly", hidden: true },
    "Paint it properly",
  );

  constructor(composer, pictureView, uploads) {
    this.#composer = composer;
    this.#pictureView = pictureView;
    this.#uploads = uploads;
    byId("caption").after(this.#note);
    byId("paint").before(this.#properly);
    this.#properly.addEventListener("click", () => this.#paintProperly());
    composer.addEventListener("changed", () => this.#renew());
  }

  #renew() {
    const asked = this.#composer.asked;
    const { engine, preset } = asked.params;
    const isInstant = asked.isPicture && engine === "fast" && preset === "instant";
    this.#showButtons(isInstant, asked);
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!asked.isShown || !isInstant || !asked.photograph || !asked.paintings.length)
      return this.#leave(asked);
    this.#timer = setTimeout(() => this.#ask(asked), STILL_MILLISECONDS);
    this.#showWork();
  }

  #showButtons(isInstant, { paintings, act }) {
    const canOptimize = paintings.every((each) => each.isPaintable);
    this.#properly.hidden = !isInstant || !canOptimize;
    byId("paint").classList.toggle("primary", this.#properly.hidden);
    byId("paint").textContent = isInstant ? "Keep this one" : act;
  }

  /** The picture goes where its photograph or the form does. */
  #leave({ isShown }) {
    this.#pending = null;
    this.#leaving?.abort();
    this.#leaving = null;
    tell(this.#note, "");
    this.#showWork();
    if (isShown) this.#pictureView.leaveDraft(this.#composer.photograph);
  }

  /** Whether a newer picture is on its way. */
  #showWork() {
    const isAtWork = Boolean(this.#timer || this.#leaving);
    byId("stage").classList.toggle("is-renewing", isAtWork);
  }

  async #ask(asked) {
    this.#timer = null;
    this.#pending = asked;
    if (this.#leaving) return;
    const { signal } = (this.#leaving = new AbortController());
    while (this.#pending && !signal.aborted) {
      const next = this.#pending;
      this.#pending = null;
      await this.#show(next, signal);
    }
    if (signal.aborted) return;
    this.#leaving = null;
    this.#showWork();
  }

  async #show(asked, signal) {
    try {
      const began = performance.now();
      const picture = await withUploads(this.#uploads, () =>
        this.#paint(asked, signal),
      );
      if (signal.aborted) return;
      const seconds = (performance.now() - began) / 1000;
      await this.#pictureView.draft(asked.photograph, picture, seconds);
      tell(this.#note, "");
    } catch (error) {
      if (signal.aborted) return;
      tell(this.#note, inWords(error));
      announce(inWords(error));
    }
  }

  async #paint({ photograph, paintings, params }, signal) {
    const form = new FormData();
    const idOf = (file) => this.#uploads.idOf(file, params.size);
    form.append("content_upload", await idOf(photograph));
    const sent = inSentOrder(paintings);
    for (const each of sent)
      if (each.file) form.append("style_upload", await idOf(each.file));
      else form.append("style_id", each.styleId);
    appendWeights(form, paintings);
    appendMasks(form, await this.#composer.masks.of(sent));
    await this.#composer.appendKept(form, params);
    form.append("ttl_seconds", KEPT_SECONDS);
    const headers = { Prefer: `wait=${WAIT_SECONDS}`, Accept: "image/jpeg" };
    const options = { method: "POST", body: form, headers, signal, insist: true };
    return pictureIn(await request("v1/jobs", options), signal);
  }

  async #paintProperly() {
    const { params } = this.#composer.asked;
    const kept = SHARED.filter((name) => name in params).map((n) => [n, params[n]]);
    const start = { engine: "optimize", start: "fast" };
    await this.#composer.submit({ ...Object.fromEntries(kept), ...start });
  }
}

/** Return the picture of an answer; of a job that goes on, once it has ended. */
async function pictureIn(answer, signal) {
  if (answer.headers.get("Content-Type")?.startsWith("image/")) return answer.blob();
  let job = await answer.json();
  while (!isFinal(job)) {
    const headers = { Prefer: `wait=${WAIT_SECONDS}`, Accept: "application/json" };
    job = await (await request(job.urls.self, { headers, signal })).json();
  }
  const headers = { Accept: "image/jpeg" };
  if (job.status === "succeeded")
    return fetchPicture(pictureOf(job).href, { headers, signal });
  throw Object.assign(new Error(), job.error ?? { title: "It was stopped" });
}
