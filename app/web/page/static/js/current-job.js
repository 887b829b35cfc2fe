/**
 * One job in the picture view: follows it, lets picture and panel show it, does what is asked.
 */

import { confirm } from "./dialogs.js";
import { announce } from "./dom.js";
import { Follower } from "./follower.js";
import { pointsOf } from "./loss-curve.js";
import { thumbnail } from "./pictures.js";
import {
  below,
  fetchPicture,
  ifThere,
  pictureOf,
  postJson,
  requestJson,
} from "./service.js";
import { newKey } from "./submission.js";
import { download, share } from "./download.js";
import { isFinal, jobSentence, jobTitle, percent } from "./words.js";

const LARGEST_SEED = 2 ** 31 - 1;
/** A job that has painted for so long is not discarded without a question. */
const PRECIOUS_SECONDS = 10;

export class CurrentJob {
  #job;
  #source;
  #pictureView;
  #panel;
  #history;
  #follower;
  #saidQuarter = 0;
  #connection;

  /**
   * @param {object} job
   * @param {{photograph: Blob | null, paintings: object[]}} source what it is made from,
   *   as far as this page knows
   * @param {object} room `pictureView`, `panel`, `history`, and `connection(isThere)`
   */
  constructor(job, source, { pictureView, panel, history, connection }) {
    this.#job = job;
    this.#source = source;
    this.#pictureView = pictureView;
    this.#panel = panel;
    this.#history = history;
    this.#connection = connection;
    panel.open(job);
    this.#begin();
  }

  get job() {
    return this.#job;
  }

  get source() {
    return this.#source;
  }

  end() {
    this.#follower?.stop();
    this.#connection(true);
    document.title = document.title.replace(/^.* – (?=Impasto)/, "");
  }

  async #begin() {
    const first = this.#job;
    this.#follower = new Follower(first, {
      job: (job) => this.#take(job),
      preview: (preview) => this.#pictureView.preview(preview),
      control: (change) => this.#panel.control(change),
      connection: this.#connection,
      problem: (problem) => this.#panel.showProblem(problem),
    });
    this.#source.photograph ??= await fetchPicture(
      below(first, "/inputs/content"),
    ).catch(() => null);
    if (isFinal(this.#job)) return this.#showEnd();
    this.#pictureView.begin(this.#source.photograph, this.#job.input.content);
    this.#panel.update(this.#job);
    if (first.urls?.preview && first.progress)
      this.#pictureView.preview({ step: first.progress.step, url: first.urls.preview });
    if (first.progress) this.#drawPastLosses();
  }

  #take(job) {
    const before = this.#job;
    this.#job = job;
    this.#panel.update(job);
    this.#history.note(job.id, { status: job.status });
    if (job.progress) this.#tellProgress(job);
    if (job.status !== before.status) announce(`${jobTitle(job)}. ${jobSentence(job)}`);
    if (isFinal(job)) this.#showEnd();
  }

  #tellProgress({ progress }) {
    const [point] = pointsOf([progress]);
    if (point) this.#panel.curve.add(point);
    document.title = `${percent(progress.fraction)} – Impasto`;
    const quarter = Math.floor(4 * progress.fraction);
    if (quarter > this.#saidQuarter && quarter < 4)
      announce(`${percent(quarter / 4)} painted.`);
    this.#saidQuarter = Math.max(quarter, this.#saidQuarter);
  }

  async #drawPastLosses() {
    const answer = await ifThere(requestJson(this.#job.urls.losses)).catch(() => null);
    const entries = Array.isArray(answer)
      ? answer
      : (answer?.data ?? answer?.losses ?? []);
    if (entries.length) this.#panel.curve.points = pointsOf(entries);
  }

  async #showEnd() {
    document.title = `${jobTitle(this.#job)} – Impasto`;
    this.#panel.update(this.#job);
    if (this.#job.status === "succeeded" && !this.#job.result?.expired)
      await this.#showPicture();
    else this.#showWithoutPicture();
    this.#drawPastLosses();
  }

  async #showPicture() {
    try {
      const picture = await fetchPicture(pictureOf(this.#job).href, {
        headers: { Accept: "image/png" },
        insist: true,
      });
      this.#pictureView.finish(
        this.#source.photograph,
        picture,
        this.#job.result,
        "The painted picture",
      );
      if (this.#history.has(this.#job.id))
        this.#history.note(this.#job.id, { thumbnail: await thumbnail(picture) });
    } catch (error) {
      this.#panel.showProblem(error);
    }
  }

  #showWithoutPicture() {
    if (this.#job.progress === null)
      this.#pictureView.begin(this.#source.photograph, this.#job.input.content);
    this.#pictureView.rest();
  }

  // What the panel's buttons do.

  async finish() {
    this.#follower.take(await postJson(this.#job.urls.finish, {}));
    announce("The picture will be kept as it is now.");
  }

  async cancel() {
    const isPrecious = this.#job.progress?.elapsed_seconds > PRECIOUS_SECONDS;
    const question = {
      title: "Stop painting?",
      text: "The picture is not kept. “Keep it as it is now” would keep it.",
      yes: "Stop and discard",
      no: "Go on painting",
    };
    if (isPrecious && !(await confirm(question))) return;
    this.#follower.take(await postJson(this.#job.urls.cancel, {}));
  }

  async pause() {
    this.#follower.take(await postJson(this.#job.urls.pause, {}));
  }

  async resume() {
    this.#follower.take(await postJson(this.#job.urls.resume, {}));
  }

  /** Another picture that goes on from where this one stands. */
  branch(params) {
    return this.#made("/branch", { params });
  }

  download(type) {
    return download(this.#job, type);
  }

  share() {
    return share(this.#job);
  }

  /** The same again, from another seed. */
  another() {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] & LARGEST_SEED;
    return this.#made("/retry", { params: { seed } });
  }

  /** The very same again. */
  retry() {
    return this.#made("/retry", {});
  }

  #made(path, body) {
    return postJson(below(this.#job, path), body, {
      headers: { "Idempotency-Key": newKey() },
    });
  }
}
