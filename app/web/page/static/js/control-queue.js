/**
 * Sends what a slider says: at most ten times a second, one request after the other, and
 * the last position always. Knows nothing of sliders.
 */

import { pause } from "./dom.js";
import { requestJson } from "./service.js";

const LEAST_MILLISECONDS = 100;

export class ControlQueue {
  #address;
  #listener;
  #waiting = {};
  #isSending = false;
  #leaving = new AbortController();

  /**
   * @param {string} address of the job's controls
   * @param {object} listener `asked(names, revision)`, `refused(error)`
   */
  constructor(address, listener) {
    this.#address = address;
    this.#listener = listener;
  }

  /** Ask for values by name; of those that still wait the newest count. */
  ask(values) {
    Object.assign(this.#waiting, values);
    if (!this.#isSending) this.#send();
  }

  end() {
    this.#leaving.abort();
  }

  async #send() {
    this.#isSending = true;
    const { signal } = this.#leaving;
    while (Object.keys(this.#waiting).length && !signal.aborted) {
      const values = this.#waiting;
      this.#waiting = {};
      await Promise.all([this.#try(values), pause(LEAST_MILLISECONDS, signal)]);
    }
    this.#isSending = false;
  }

  async #try(values) {
    const { signal } = this.#leaving;
    try {
      const { revision } = await requestJson(this.#address, {
        method: "PATCH",
        body: JSON.stringify(values),
        headers: { "Content-Type": "application/json" },
        insist: true,
        signal,
      });
      this.#listener.asked(Object.keys(values), revision);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!error.isRetryable) return this.#listener.refused(error);
      // What was moved meanwhile is newer.
      this.#waiting = { ...values, ...this.#waiting };
      await pause(1000 * (error.retryAfterSeconds ?? 1), signal);
    }
  }
}
