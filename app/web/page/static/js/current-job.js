/**
 * One job in the picture view: follows it, lets picture and panel show it, does what is asked.
 */

import { confirm } from "./dialogs.js";
import { announce, element } from "./dom.js";
import { Follower } from "./follower.js";
import { inSentOrder } from "./job-form.js";
import { pointsOf } from "./loss-curve.js";
import { measure, thumbnail } from "./pictures.js";
import {
  below,
  fetchPicture,
  ifThere,
  postJson,
  requestJson,
} from "./service.js";
import { newKey } from "./submission.js";
import { download, save, share } from "./download.js";
import { addressOf, faceOf, isFilm, isPoints, isStill, sorted } from "./shown.js";
import { isFinal, jobSentence, jobTitle, percent, singular, unitOf } from "./words.js";

const LARGEST_SEED = 2 ** 31 - 1;
/** A job that has painted for so long is not discarded without a question. */
const PRECIOUS_SECONDS = 10;

export class CurrentJob {
  #job;
  #source;
  #pictureView;
  #strip;
  #beside;
  #panel;
  #history;
  #follower;
  #saidQuarter = 0;
  #unit;
  #connection;

  /**
   * @param {object} job
   * @param {{photograph: Blob | null, paintings: object[]}} source what it is made from,
   *   as far as this page knows
   * @param {object} room `pictureView`, `strip`, `beside`, `panel`, `history`, `unit` of its
   *   steps, and `connection(isThere)`
   */
  constructor(job, source, room) {
    const { pictureView, strip, beside, panel, history, unit, connection } = room;
    this.#job = job;
    this.#source = source;
    this.#pictureView = pictureView;
    this.#strip = strip;
    this.#beside = beside;
    this.#panel = panel;
    this.#history = history;
    this.#unit = unit;
    this.#connection = connection;
    panel.open(
      job,
      inSentOrder(source.paintings).map(({ title }) => title),
    );
    strip.open(job, singular(unit ?? "steps"), source.photograph);
    beside.open(job);
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
    this.#strip.close();
    this.#beside.close();
    this.#panel.close();
    this.#connection(true);
    document.title = document.title.replace(/^.* – (?=Impasto)/, "");
  }

  async #begin() {
    const first = this.#job;
    this.#follower = new Follower(first, {
      job: (job) => this.#take(job),
      preview: (preview) => this.#showPreview(preview),
      control: (change) => this.#panel.control(change),
      connection: this.#connection,
      problem: (problem) => this.#panel.showProblem(problem),
    });
    const { content } = first.input;
    if (content && isStill(content))
      this.#source.photograph ??= await fetchPicture(
        below(first, "/inputs/content"),
      ).catch(() => null);
    if (isFinal(this.#job)) return this.#showEnd();
    this.#beginView();
    this.#panel.update(this.#job);
    if (first.urls?.preview && first.progress)
      this.#preview({ step: first.progress.step, url: first.urls.preview });
    if (first.progress) this.#drawPastLosses();
  }

  #beginView() {
    this.#pictureView.begin(this.#source.photograph, this.#job.input.content);
  }

  #showPreview(preview) {
    this.#strip.add(preview);
    this.#preview(preview);
  }

  #preview(preview) {
    // The first may come before the first progress.
    const told = this.#job.progress ?? { unit: this.#unit };
    this.#pictureView.preview(preview, unitOf(told));
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
      await this.#showResult();
    else this.#showWithoutPicture();
    this.#drawPastLosses();
  }

  async #showResult() {
    const { result } = this.#job;
    const face = faceOf(result);
    try {
      if (face === result && isStill(result)) {
        await this.#compare();
        this.#beside.offer(() => this.#compare());
      }
      else if (face) await this.showFile(face);
      else this.#pictureView.rest();
      await this.#noteThumbnail();
    } catch (error) {
      this.#panel.showProblem(error);
    }
  }

  async #compare() {
    const { result } = this.#job;
    const picture = await this.#picture(result);
    const { photograph } = this.#source;
    const before = photograph?.type.startsWith("image/") ? photograph : null;
    const other = await this.#beside.wanted();
    const named = other ? "other picture" : "photograph";
    this.#pictureView.finish(other ?? before, picture, result, "The painted picture", named);
  }

  /** Show a film, a picture or a cloud that the job has made. */
  async showFile(file) {
    const { result } = this.#job;
    const address = addressOf(file);
    if (isPoints(file)) {
      const points = await fetchPicture(address, { headers: { Accept: "*/*" }, insist: true });
      return this.#pictureView.turn(points, "The painted cloud");
    }
    if (isFilm(file)) {
      const size = await sizeOfFilm(address, result);
      const poster = await this.#poster();
      return this.#pictureView.show({ ...file, ...size, address, poster }, "The result");
    }
    const picture = await this.#picture(file);
    const size = await measure(picture);
    if (size === null) return;
    URL.revokeObjectURL(size.url);
    this.#pictureView.finish(null, picture, size, file.name);
  }

  #picture(file) {
    const headers = { Accept: "image/png, image/*;q=0.5" };
    return fetchPicture(addressOf(file), { headers, insist: true });
  }

  #poster() {
    const [first] = sorted(this.#job.result).shown.filter(isStill);
    return first ? this.#picture(first).catch(() => null) : null;
  }

  async #noteThumbnail() {
    const { id, result } = this.#job;
    if (!this.#history.has(id)) return;
    const picture = isStill(result) ? await this.#picture(result) : await this.#poster();
    if (picture) this.#history.note(id, { thumbnail: await thumbnail(picture) });
  }

  #showWithoutPicture() {
    if (this.#job.progress === null) this.#beginView();
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

  /** Another picture that goes on from where this one stands, or stood at a step. */
  branch(params, at = "newest") {
    return this.#made("/branch", { params, at });
  }

  download(type) {
    return type ? download(this.#job, type) : save(this.#job);
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

/** A turntable has another shape than its cloud, which has none. */
function sizeOfFilm(address, { width, height }) {
  if (width) return { width, height };
  const clip = element("video", { preload: "metadata", src: address });
  return new Promise((resolve) => {
    clip.onloadedmetadata = () =>
      resolve({ width: clip.videoWidth, height: clip.videoHeight });
    clip.onerror = () => resolve({ width: 1, height: 1 });
  });
}
