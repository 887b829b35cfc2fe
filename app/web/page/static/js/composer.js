/**
 * The form: puts photograph, paintings and controls together and sends them.
 *
 * Fires `changed` whenever something else would be sent, and `submitted` with the job
 * and what it was made from.
 */

import { Controls } from "./controls.js";
import { announce, byId, tell } from "./dom.js";
import { Estimate } from "./estimate.js";
import { Gallery } from "./gallery.js";
import { Photograph } from "./photograph.js";
import { clearFault, clearProblems, showProblem } from "./problems.js";
import { Submission } from "./submission.js";
import { duration, percent } from "./words.js";

export class Composer extends EventTarget {
  photograph;
  gallery = new Gallery();
  #controls = new Controls();
  #estimate = new Estimate(byId("estimate"));
  #submission = new Submission();
  #form = byId("composer");
  #problem = byId("submit-problem");

  constructor() {
    super();
    this.photograph = new Photograph(
      () => !this.#form.hidden && !this.#submission.isBusy,
    );
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
      engines: this.#controls.engines,
      photograph: this.photograph.file,
      paintings: this.gallery.chosen,
      params: this.#controls.read(),
    };
  }

  /** Build what depends on the service's abilities. */
  configure(capabilities) {
    const limits = capabilities.limits ?? {};
    const [kind] = Object.values(capabilities.kinds ?? {});
    this.#controls.build((kind ?? capabilities).params_schema);
    this.photograph.limits = limits;
    if (limits.max_styles) this.gallery.most = limits.max_styles;
    this.dispatchEvent(new Event("changed"));
  }

  set isShown(is) {
    this.#form.hidden = !is;
    this.dispatchEvent(new Event("changed"));
  }

  /**
   * Fill the form as it was for a job.
   * @param {object} params
   * @param {File | null} photograph
   * @param {{styleId?: string, file?: File, weight: number}[]} paintings
   */
  async fill(params, photograph, paintings) {
    this.#controls.write(params);
    await this.photograph.put(photograph);
    await this.gallery.chooseOnly(paintings);
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
    const { size } = this.photograph;
    if (size === null) return null;
    const { width, height } = size;
    const styles = Math.max(1, this.gallery.chosen.length);
    return { width, height, styles, params: this.#controls.read() };
  }

  /** Send what was asked for, or the same pictures with other parameters. */
  async submit(params = this.#controls.read()) {
    if (this.#submission.isBusy) return;
    clearProblems(this.#problem);
    const paintings = this.gallery.chosen;
    const fault = this.#whatIsMissing(paintings);
    if (fault) return showProblem(fault, this.#problem);
    const source = { photograph: this.photograph.file, paintings };
    const form = formOf(source, params);
    this.#showSending(true);
    try {
      const job = await this.#submission.send(form, {
        sent: (fraction) => this.#showSent(fraction),
        waiting: (error, seconds) => this.#showWaiting(error, seconds),
      });
      if (job)
        this.dispatchEvent(new CustomEvent("submitted", { detail: { job, source } }));
    } catch (error) {
      showProblem(error, this.#problem);
    } finally {
      this.#showSending(false);
    }
  }

  #whatIsMissing(paintings) {
    if (!this.photograph.file)
      return missing(
        "content",
        "There is no photograph yet",
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

/** Brought paintings go before the service's own, and the weights in the same order. */
function formOf({ photograph, paintings }, params) {
  const form = new FormData();
  form.append("content", photograph, photograph.name || "photograph");
  const brought = paintings.filter((each) => each.file);
  const own = paintings.filter((each) => !each.file);
  for (const each of brought)
    form.append("style", each.file, each.file.name || "painting");
  for (const each of own) form.append("style_id", each.styleId);
  if (paintings.length > 1)
    for (const each of [...brought, ...own]) form.append("style_weight", each.weight);
  for (const [name, value] of Object.entries(params))
    form.append(
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    );
  return form;
}
