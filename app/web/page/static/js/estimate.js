/** Says before a job is sent how long it will take, if the service can tell. */

import { supposed } from "./estimate-question.js";
import { ifThere, postJson } from "./service.js";
import { bytes, duration } from "./words.js";

const STILL_MILLISECONDS = 350;
/** A shorter wait is not worth a word. */
const NOTED_WAIT_SECONDS = 5;

export class Estimate {
  #place;
  #timer = null;
  #leaving = new AbortController();
  #isThere = true;

  /** @param {Element} place where the words go */
  constructor(place) {
    this.#place = place;
  }

  /**
   * Ask anew, once the form has been left alone for a moment.
   * @param {() => Promise<object | null>} ask what to
   *   ask for; null if there is no photograph yet
   */
  renew(ask) {
    clearTimeout(this.#timer);
    this.#leaving.abort();
    this.#leaving = new AbortController();
    if (!this.#isThere) return;
    this.#timer = setTimeout(
      () => this.#ask(ask, this.#leaving.signal),
      STILL_MILLISECONDS,
    );
  }

  async #ask(ask, signal) {
    const question = await ask();
    if (signal.aborted) return;
    if (question === null) return this.#say("");
    try {
      const answer = await ifThere(
        postJson("v1/estimates", question, { signal, insist: false }),
      );
      this.#isThere = answer !== null;
      const words = answer ? estimateInWords(answer) : "";
      this.#say(words && words + supposed(question));
    } catch {
      if (!signal.aborted) this.#say(""); // What is wrong is said when the job is sent.
    }
  }

  #say(text) {
    this.#place.textContent = text;
  }
}

/**
 * "About 40 seconds, seldom over 2 minutes; starts in about 10 seconds."
 * @param {object} estimate with `predict_seconds` and `wait_seconds`, each with `p50`
 *   and `p90` or null if nothing is known yet
 */
export function estimateInWords(estimate) {
  if (estimate.fits === false) return tooLarge(estimate);
  const { p50, p90 } = estimate.predict_seconds ?? {};
  if (!p50) return "";
  const isSure = !p90 || duration(p90) === duration(p50);
  const longest = isSure ? "" : `, seldom over ${duration(p90)}`;
  const wait = estimate.wait_seconds?.p50 ?? 0;
  const start = wait >= NOTED_WAIT_SECONDS ? `; starts in about ${duration(wait)}` : "";
  return `About ${duration(p50)}${longest}${start}.`;
}

function tooLarge({ largest_size: largest, memory_bytes: memory }) {
  const needs = memory ? ` (${bytes(memory)})` : "";
  const hint = largest ? ` The largest that does is ${largest} pixels.` : "";
  return `This size will not fit into the painter’s memory${needs}.${hint}`;
}
