/**
 * Follows one job: by its stream of events, and by asking where that fails.
 *
 * The browser reconnects a stream by itself and resumes after the last event it had.
 * A stream that is refused (its signed address has grown old, a proxy cuts it) is
 * opened anew with a fresh address; if that helps not, the job is polled.
 */

import { pause } from "./dom.js";
import { ConnectionLost, Problem, below, locate, request } from "./service.js";
import { isFinal } from "./words.js";

const MOST_REOPENINGS = 3;
const MOST_ERRORS = 4;
const POLL_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 15;
/**
 * A stream that says nothing for so long may be dead, and tells nothing of the queue
 * moving on: the job is asked for, and the stream opened anew.
 */
const QUIET_MILLISECONDS = 20_000;
/** A reconnection within this time is nothing that people need to know. */
const SILENT_MILLISECONDS = 4000;

export class Follower {
  #job;
  #listener;
  #source = null;
  #leaving = new AbortController();
  #reopenings = 0;
  #errors = 0;
  #etag = null;
  #lossTimer = null;
  #quietTimer = null;

  /**
   * @param {object} job as the service gave it
   * @param {object} listener `job(job)` at every change, `preview({step, url})`,
   *   `control({revision, step, changes})` when a change holds,
   *   `connection(isThere)`, `problem(problem)` when following ends for good
   */
  constructor(job, listener) {
    this.#job = job;
    this.#listener = listener;
    if (isFinal(job)) return;
    const { signal } = this.#leaving;
    addEventListener("offline", () => this.#goOffline(), { signal });
    if (job.urls?.events && "EventSource" in window) this.#listen();
    else this.#poll();
  }

  stop() {
    this.#leaving.abort();
    this.#closeStream();
  }

  /** Take in a job that an answer to another request brought. */
  take(job) {
    if (this.#leaving.signal.aborted || job.revision < this.#job.revision) return;
    this.#job = job;
    this.#listener.job(job);
    if (isFinal(job)) this.stop();
  }

  #listen() {
    const source = new EventSource(locate(this.#job.urls.events));
    this.#source = source;
    const on = (name, take) =>
      source.addEventListener(name, (event) => {
        this.#streamWorks();
        take(JSON.parse(event.data));
      });
    // A final status says less than `done`, which comes next.
    on("status", (change) => isFinal(change) || this.take({ ...this.#job, ...change }));
    on("progress", ({ revision, ...progress }) =>
      this.#takeProgress(revision, progress),
    );
    on("control", (change) => this.#listener.control(change));
    on("preview", (preview) => this.#listener.preview(preview));
    on("done", (job) => this.take(job));
    source.onopen = () => this.#streamWorks();
    source.onerror = () => this.#streamFailed(source);
    this.#awaitEvents();
  }

  #awaitEvents() {
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => this.#lookAgain(), QUIET_MILLISECONDS);
  }

  /** The browser knows that there is no network; an open stream notices late. */
  #goOffline() {
    if (this.#source === null) return;
    this.#listener.connection(false);
    this.#lookAgain();
  }

  /** Ask for the job, then open the stream anew. */
  #lookAgain() {
    this.#closeStream();
    this.#poll(true);
  }

  #takeProgress(revision, progress) {
    this.take({ ...this.#job, revision: revision ?? this.#job.revision, progress });
  }

  #streamWorks() {
    clearTimeout(this.#lossTimer);
    this.#lossTimer = null;
    this.#errors = 0;
    this.#awaitEvents();
    this.#listener.connection(true);
  }

  #streamFailed(source) {
    this.#lossTimer ??= setTimeout(
      () => this.#listener.connection(false),
      SILENT_MILLISECONDS,
    );
    this.#errors += 1;
    if (source.readyState !== EventSource.CLOSED && this.#errors < MOST_ERRORS) return;
    this.#closeStream();
    this.#errors = 0;
    this.#poll(this.#reopenings++ < MOST_REOPENINGS);
  }

  #closeStream() {
    clearTimeout(this.#lossTimer);
    clearTimeout(this.#quietTimer);
    this.#lossTimer = null;
    this.#source?.close();
    this.#source = null;
  }

  /** Ask until the job has ended; with `once`, go back to the stream after an answer. */
  async #poll(once = false) {
    const { signal } = this.#leaving;
    let failures = 0;
    while (!signal.aborted) {
      let seconds = POLL_SECONDS;
      try {
        seconds = await this.#ask(signal);
        failures = 0;
        if (once && !signal.aborted) return this.#listen();
      } catch (error) {
        if (error.name === "AbortError") return;
        if (!this.#isPassing(error)) return this.#listener.problem(error);
        this.#listener.connection(!(error instanceof ConnectionLost));
        seconds =
          error.retryAfterSeconds ?? Math.min(2 ** failures++, LONGEST_PAUSE_SECONDS);
      }
      await pause(1000 * seconds, signal);
    }
  }

  #isPassing(error) {
    return (
      error instanceof ConnectionLost || (error instanceof Problem && error.isRetryable)
    );
  }

  /** Fetch the job if it changed; return in how many seconds to ask again. */
  async #ask(signal) {
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const answer = await request(below(this.#job), { headers, signal });
    this.#listener.connection(true);
    if (answer.status !== 304) {
      this.#etag = answer.headers.get("ETag");
      const job = await answer.json();
      if (!isFinal(job)) this.#offerPreview(job);
      this.take(job);
    }
    return Number(answer.headers.get("Retry-After")) || POLL_SECONDS;
  }

  #offerPreview({ progress, urls }) {
    if (progress && urls?.preview)
      this.#listener.preview({ step: progress.step, url: urls.preview });
  }
}
