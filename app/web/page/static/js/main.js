/** Puts the page together: the form and the job take turns beside the picture. */

import { Composer } from "./composer.js";
import { ViewSheet } from "./clouds/view-sheet.js";
import { ContactSheet } from "./contact-sheet.js";
import { Beside } from "./beside.js";
import { announce, byId, tell } from "./dom.js";
import { PictureView } from "./picture-view.js";
import { PreviewStrip } from "./preview-strip.js";
import { History } from "./history.js";
import { Instant } from "./instant.js";
import { JobPanel } from "./job-panel.js";
import { KeptUploads } from "./kept-uploads.js";
import { openKeyDialog, showWhetherKept } from "./key.js";
import { thumbnail } from "./pictures.js";
import { materialOf } from "./retry.js";
import { Problem, ifThere, jobPath, locate, requestJson } from "./service.js";
import { CurrentJob } from "./current-job.js";
import { count } from "./words.js";

const NOTHING = { photograph: null, paintings: [] };
/** Others' jobs are shown, not remembered. */
const NO_HISTORY = { note() {}, has: () => false };
const ACTIONS = ["finish", "cancel", "pause", "resume", "download", "share", "showFile"];

class Studio {
  #pictureView = new PictureView();
  #beside = new Beside();
  #strip = new PreviewStrip((step) => this.#branchAt(step));
  #history = new History();
  #composer = new Composer();
  #panel = new JobPanel(this.#actions());
  /** @type {CurrentJob | null} */
  #currentJob = null;

  open() {
    const uploads = new KeptUploads();
    new Instant(this.#composer, this.#pictureView, uploads);
    new ContactSheet(this.#composer, uploads);
    new ViewSheet(this.#composer);
    this.#composer.addEventListener("submitted", ({ detail }) =>
      this.#begin(detail.job, detail.source, true),
    );
    this.#composer.photograph.addEventListener(
      "change",
      () => this.#currentJob || this.#pictureView.compose(this.#composer.photograph),
    );
    addEventListener("hashchange", () => this.#followHash());
    byId("key-button").addEventListener("click", () => this.#changeKey());
    showWhetherKept();
    this.#furnish();
    this.#followHash();
  }

  /** Fetch what the service can do; without an answer the page does with what it knows. */
  async #furnish() {
    const say = (error) =>
      tell(byId("gallery-note"), `${error.title}. ${error.message}`);
    const capabilities = await ifThere(requestJson("v1/capabilities")).catch(
      () => null,
    );
    if (capabilities) this.#composer.configure(capabilities);
    await this.#composer.gallery.load().catch(say);
    await this.#tellReadiness();
  }

  async #tellReadiness() {
    const problem = await requestJson("readyz").then(
      () => null,
      (error) => error,
    );
    const isClosed = problem instanceof Problem && problem.status === 503;
    tell(
      byId("readiness"),
      isClosed
        ? `The studio is not ready: ${problem.detail}. A picture sent now may have to wait.`
        : "",
    );
  }

  async #changeKey() {
    if (await openKeyDialog("")) await this.#furnish();
  }

  #followHash() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const id = asked.get("job");
    if (id === null) this.#compose();
    else if (id !== this.#currentJob?.job.id) this.#reopen(id, asked.get("token"));
  }

  #compose() {
    this.#leave();
    this.#composer.isShown = true;
    this.#panel.isShown = false;
    this.#pictureView.compose(this.#composer.photograph);
  }

  async #reopen(id, token) {
    const query = token ? `?token=${encodeURIComponent(token)}` : "";
    const [job, error] = await requestJson(jobPath(id) + query, { insist: true }).then(
      (found) => [found, null],
      (why) => [null, why],
    );
    if (job) return this.#begin(job, { ...NOTHING }, this.#history.has(id));
    this.#leave();
    this.#show();
    this.#panel.openNothing(error);
    this.#panel.focus();
  }

  /** Put a job in the picture view; one that was sent from this browser is remembered. */
  #begin(job, source, isOurs) {
    this.#leave();
    if (isOurs) this.#remember(job, source);
    if (!location.hash.startsWith(`#job=${job.id}`))
      history.pushState(null, "", `#job=${job.id}`);
    this.#history.openId = job.id;
    this.#show();
    this.#currentJob = new CurrentJob(job, source, {
      pictureView: this.#pictureView,
      strip: this.#strip,
      beside: this.#beside,
      panel: this.#panel,
      history: isOurs ? this.#history : NO_HISTORY,
      unit: this.#composer.unitOf(job.kind),
      connection: (isThere) => this.#tellConnection(isThere),
    });
    this.#panel.focus();
  }

  #show() {
    this.#composer.isShown = false;
    this.#panel.isShown = true;
    scrollTo({ top: 0 });
  }

  #leave() {
    if (this.#currentJob?.job.result?.training?.published)
      this.#composer.gallery.load().catch(() => null);
    this.#currentJob?.end();
    this.#currentJob = null;
    this.#history.openId = null;
  }

  async #remember({ id, status, created_at: created }, { photograph, paintings }) {
    const title = paintings
      .map((each) => each.title)
      .filter(Boolean)
      .join(", ");
    this.#history.note(id, { status, created, ...(title ? { title } : {}) });
    const small = photograph && (await thumbnail(photograph).catch(() => null));
    // A quick painter has finished by now: that picture says more.
    if (small && !this.#history.hasThumbnail(id))
      this.#history.note(id, { thumbnail: small });
  }

  #tellConnection(isThere) {
    tell(
      byId("connection"),
      isThere
        ? ""
        : "The connection to the service was lost. Painting goes on there; this page will catch up.",
    );
  }

  #actions() {
    const passed = ACTIONS.map((name) => [
      name,
      (...rest) => this.#currentJob[name](...rest),
    ]);
    return {
      ...Object.fromEntries(passed),
      address: (job) => locate(job.urls.result).href,
      another: async () => this.#beginAgain(await this.#currentJob.another()),
      branch: async (params) => this.#beginAgain(await this.#currentJob.branch(params)),
      retry: async () => this.#beginAgain(await this.#currentJob.retry()),
      reuse: () => this.#reuse(),
      fresh: () => this.#fresh(),
    };
  }

  async #branchAt(step) {
    try {
      this.#beginAgain(await this.#currentJob.branch({}, step));
    } catch (error) {
      this.#panel.showProblem(error);
    }
  }

  /** Go on with a job that was made from the one in the picture view, and remember it. */
  #beginAgain(job) {
    this.#begin(job, this.#currentJob.source, true);
  }

  async #reuse() {
    const { job, source } = this.#currentJob;
    const { photograph, paintings, kept } = await materialOf(job, source);
    location.hash = "";
    this.#compose();
    await this.#composer.fill(job.kind, job.params, photograph, paintings, kept);
    const isLost = Boolean(job.input.content) && !photograph;
    const lost = job.input.styles.length - paintings.length + Number(isLost);
    announce(
      lost
        ? `${count(lost, "picture")} of this job is no longer kept; choose anew.`
        : "The form is filled as it was for this picture.",
    );
    byId("panel").focus();
  }

  #fresh() {
    location.hash = "";
    byId("panel").focus();
  }
}

new Studio().open();
