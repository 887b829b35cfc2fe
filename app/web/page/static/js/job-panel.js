/**
 * What stands beside the picture while a job is on it: state, progress, loss, and what
 * can be done. It only shows; what its buttons do, `CurrentJob` knows.
 */

import { byId, element, tell } from "./dom.js";
import { factsOf } from "./facts.js";
import "./loss-curve.js";
import { inWords } from "./problems.js";
import { Steering } from "./steering.js";
import { faceOf } from "./shown.js";
import { recall, remember } from "./storage.js";
import { FORMATS, isConvertible } from "./download.js";
import { filesBox } from "./files-box.js";
import { bytes, isFinal, jobSentence, jobTitle, percent, remaining } from "./words.js";

const FORMAT = "format";

export class JobPanel {
  #place = byId("job");
  #do;
  #title = element("h2", { id: "job-title", tabindex: "-1" });
  #sentence = element("p", { class: "job-sentence" });
  #bar = element("progress", { max: 1, value: 0, "aria-label": "How much is painted" });
  #percent = element("span", { class: "job-percent" });
  #remaining = element("span", {});
  #curve = document.createElement("loss-curve");
  #problem = element("p", { class: "problem", role: "alert", hidden: true });
  #busy = new Set();
  #steering = new Steering(
    (...rest) => this.#button(...rest),
    (error) => this.showProblem(error),
  );

  /** @param {Record<string, (...arguments: *) => Promise<*>>} actions by their name */
  constructor(actions) {
    this.#do = actions;
  }

  get curve() {
    return this.#curve;
  }

  set isShown(is) {
    this.#place.hidden = !is;
  }

  /**
   * Begin with another job.
   * @param {object} job
   * @param {string[]} titles of its paintings, as far as they are known
   */
  open(job, titles) {
    this.#busy.clear();
    this.#curve = document.createElement("loss-curve");
    this.showProblem(null);
    this.#steering.open(job, titles);
    this.update(job);
  }

  /** A change of the job holds. */
  control(change) {
    this.#steering.applied(change);
  }

  /** Leave the job alone. */
  close() {
    this.#steering.close();
  }

  /** Say that there is no such job, or that it cannot be reached. */
  openNothing(error) {
    this.#title.textContent = "This picture is not here";
    this.#place.replaceChildren(this.#title, this.#problem, this.#newButton("primary"));
    this.showProblem(error);
  }

  focus() {
    this.#title.focus();
  }

  update(job) {
    this.#title.textContent = jobTitle(job);
    tell(this.#sentence, jobSentence(job));
    if (
      this.#place.dataset.job !== job.id ||
      this.#place.dataset.stage !== stageOf(job)
    )
      this.#lay(job);
    this.#showProgress(job);
    // Where nothing is optimized there is no loss.
    const curve = this.#curve.closest("details");
    if (curve) curve.hidden = job.progress !== null && !job.progress.loss;
    this.#steering.take(job);
  }

  /** Show what a button met; null takes it away. */
  showProblem(error) {
    tell(this.#problem, error ? inWords(error) : "");
  }

  #lay(job) {
    Object.assign(this.#place.dataset, { job: job.id, stage: stageOf(job) });
    this.#place.replaceChildren(this.#title, this.#sentence, ...this.#parts(job));
  }

  #parts(job) {
    if (job.status === "succeeded") return this.#finishedParts(job);
    if (isFinal(job)) return this.#endedParts(job);
    const isEnding = job.cancel_requested_at || job.finish_requested_at;
    const buttons = isEnding ? [] : this.#workingButtons(job);
    const curve = job.status === "processing" ? [this.#curveBox(true)] : [];
    return [
      this.#progressBox(),
      this.#steering.node,
      element("div", { class: "actions" }, ...buttons),
      this.#problem,
      ...curve,
      factsOf(job),
      this.#newButton(),
    ];
  }

  #workingButtons(job) {
    const hasPicture = job.status === "processing" || (job.paused_at && job.progress);
    const isWaiting = job.status === "queued" && !job.paused_at;
    const words = isWaiting ? "Leave the queue" : "Stop and discard";
    const cancel = this.#button("cancel", words);
    if (!hasPicture) return [cancel];
    const finish = this.#button("finish", "Keep it as it is now", "soft");
    return [finish, cancel];
  }

  #finishedParts(job) {
    const isKept = !job.result?.expired;
    const away = isKept
      ? [
          this.#downloadRow(job),
          element(
            "div",
            { class: "actions" },
            this.#button("share", "Share a link"),
            faceOf(job.result) === job.result ? this.#fullSizeLink(job) : null,
          ),
          filesBox(job.result, (file) => this.#showFile(file)),
        ]
      : [];
    return [
      ...away,
      this.#steering.node,
      this.#problem,
      this.#againBox(job),
      this.#curveBox(false),
      factsOf(job),
    ].filter(Boolean);
  }

  async #showFile(file) {
    this.showProblem(null);
    await this.#do.showFile(file).catch((error) => this.showProblem(error));
  }

  #endedParts(job) {
    const why = job.error
      ? element("p", { class: "problem" }, inWords(job.error))
      : null;
    const rest = [this.#problem, this.#againBox(job), factsOf(job)];
    return [why, this.#steering.node, ...rest].filter(Boolean);
  }

  #progressBox() {
    const line = element("p", { class: "job-line" }, this.#percent, this.#remaining);
    return element("div", { class: "job-progress" }, this.#bar, line);
  }

  #showProgress({ status, progress, paused_at: pausedAt }) {
    const fraction = progress?.fraction ?? 0;
    const isMoving = status === "queued" || (status === "starting" && !progress);
    if (isMoving && !pausedAt) this.#bar.removeAttribute("value");
    else this.#bar.value = fraction;
    this.#percent.textContent = progress ? percent(fraction) : "";
    this.#remaining.textContent = pausedAt ? "" : remaining(progress);
  }

  #curveBox(isOpen) {
    const note = element(
      "p",
      { class: "hint" },
      "How far the picture still is from what was asked of it, on a logarithmic scale; each larger scale begins anew.",
    );
    return element(
      "details",
      { class: "curve", open: isOpen, hidden: true },
      element("summary", {}, "The loss"),
      this.#curve,
      note,
    );
  }

  #downloadRow(job) {
    const { result } = job;
    if (!isConvertible(result)) {
      const words = `Download, ${bytes(result.bytes)}`;
      return this.#button("download", words, "primary");
    }
    const kept = recall(FORMAT, FORMATS[0].type);
    const choice = element(
      "select",
      { "aria-label": "Format", onchange: () => remember(FORMAT, choice.value) },
      ...FORMATS.map(({ type, name }) =>
        element("option", { value: type, selected: type === kept }, name),
      ),
    );
    const button = this.#button("download", "Download", "primary", () => choice.value);
    return element("div", { class: "download-row" }, button, choice);
  }

  #fullSizeLink(job) {
    return element(
      "a",
      {
        class: "button",
        href: this.#do.address(job),
        target: "_blank",
        rel: "noopener",
      },
      "Full size",
    );
  }

  #againBox(job) {
    const isDrawn = Number.isInteger(job.params.seed);
    const first =
      job.status !== "succeeded"
        ? this.#button("retry", "Try again", "primary")
        : isDrawn && this.#button("another", "Another like it");
    const change = this.#button("reuse", "Paint again with these settings");
    const buttons = [first, change, this.#newButton()].filter(Boolean);
    return element("div", { class: "actions again" }, ...buttons);
  }

  #newButton(look = "") {
    return element(
      "button",
      { type: "button", class: `button ${look}`, onclick: () => this.#do.fresh() },
      "New picture",
    );
  }

  /** A button that cannot be pressed twice while what it began goes on. */
  #button(action, text, look = "", argument = () => undefined) {
    const press = async () => {
      if (this.#busy.has(action)) return;
      this.#busy.add(action);
      button.setAttribute("aria-busy", "true");
      this.showProblem(null);
      try {
        await this.#do[action](argument());
      } catch (error) {
        this.showProblem(error);
      } finally {
        this.#busy.delete(action);
        button.removeAttribute("aria-busy");
      }
    };
    const button = element(
      "button",
      {
        type: "button",
        class: `button ${look}`,
        "data-action": action,
        onclick: press,
      },
      text,
    );
    return button;
  }
}

/** What the panel consists of depends on this only; the rest is text. */
function stageOf({
  status,
  cancel_requested_at: canceled,
  finish_requested_at: finished,
  paused_at: paused,
  result,
}) {
  return [status, ...[canceled, finished, paused, result?.expired].map(Boolean)].join(" ");
}
