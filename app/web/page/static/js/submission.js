/**
 * Sends a job so that it can never become two.
 *
 * Each attempt has an idempotency key. It stays the same until the form changes or the
 * service has answered for good: whatever is sent twice before that is one job.
 */

import { pause } from "./dom.js";
import { ConnectionLost, send } from "./service.js";

const MOST_TRIES = 5;

export class Submission {
  #key = null;
  #isBusy = false;

  /** Forget the attempt: what is sent next is something else. */
  renew() {
    if (!this.#isBusy) this.#key = null;
  }

  get isBusy() {
    return this.#isBusy;
  }

  /**
   * Send the form; nothing happens while it is being sent already.
   * @param {() => Promise<FormData>} formOf makes it: what is large is sent before
   * @param {object} watcher `sent(fraction)`, `waiting(error, seconds)` before a new try
   * @returns {Promise<object | null>} the job; null if one is being sent
   * @throws {Problem|ConnectionLost}
   */
  async send(formOf, watcher) {
    if (this.#isBusy) return null;
    this.#isBusy = true;
    this.#key ??= newKey();
    try {
      const job = await this.#tryAgainAndAgain(await formOf(), watcher);
      this.#key = null;
      return job;
    } catch (error) {
      if (!error.isRetryable) this.#key = null;
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  async #tryAgainAndAgain(form, watcher) {
    for (let tries = 1; ; tries += 1) {
      try {
        const headers = { "Idempotency-Key": this.#key };
        return await send("v1/jobs", form, { headers, onProgress: watcher.sent });
      } catch (error) {
        if (tries >= MOST_TRIES || !isWorthWaiting(error)) throw error;
        const seconds = error.retryAfterSeconds ?? 2 ** tries;
        watcher.waiting(error, seconds);
        await pause(1000 * seconds);
      }
    }
  }
}

/** The network may come back, and the first of two equal requests may get its answer. */
function isWorthWaiting(error) {
  return error instanceof ConnectionLost || error.code === "idempotency_in_progress";
}

/** A random key; `crypto.randomUUID` is missing on pages without https. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
