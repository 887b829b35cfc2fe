/**
 * The picture that another one branched from, beside it: as it is painted, and at the
 * end to be compared with.
 */

import { byId, element } from "./dom.js";
import { Follower } from "./follower.js";
import {
  below,
  fetchPicture,
  ifThere,
  jobPath,
  locate,
  requestJson,
} from "./service.js";
import { addressOf, isStill } from "./shown.js";
import { isFinal, jobTitle, percent } from "./words.js";

export class Beside {
  #origin = null;
  #follower = null;
  #leaving = new AbortController();
  #compare = null;
  #picture = element("img", { alt: "", hidden: true });
  #words = element("figcaption", { class: "hint" });
  #switch = element("input", { type: "checkbox", role: "switch", id: "compare-origin" });
  #choice = element("label", { class: "switch", hidden: true }, this.#switch, " Compare with it");
  #node = element(
    "section",
    { class: "beside", "aria-label": "The picture it branched from", hidden: true },
    element("figure", {}, this.#picture, this.#words),
    this.#choice,
  );

  constructor() {
    byId("caption").after(this.#node);
    this.#switch.addEventListener("change", () => this.#compare?.());
  }

  /** Begin with another job: show the one that it branched from, if it did. */
  async open(job) {
    this.close();
    if (!job.branch_of) return;
    const { signal } = this.#leaving;
    const asked = requestJson(jobPath(job.branch_of), { signal });
    const origin = await asked.catch(() => null);
    if (signal.aborted || !origin) return; // It was deleted, or a link shows one alone.
    this.#follower = new Follower(origin, {
      job: (found) => this.#take(found),
      preview: ({ url }) => this.#show(url),
      ...{ control() {}, connection() {}, problem() {} },
    });
    this.#take(origin);
    if (!this.#isDone) await this.#showNewest(origin, signal);
  }

  async #showNewest(origin, signal) {
    const asked = ifThere(requestJson(below(origin, "/previews"), { signal }));
    const told = await asked.catch(() => null);
    const newest = told?.data.at(-1);
    if (newest && !signal.aborted) this.#show(newest.url);
  }

  close() {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#follower?.stop();
    this.#origin = this.#follower = this.#compare = null;
    this.#switch.checked = false;
    this.#node.hidden = this.#picture.hidden = this.#choice.hidden = true;
  }

  /** The other picture is there: `compare` is called when it shall be seen otherwise. */
  offer(compare) {
    this.#compare = compare;
    this.#choice.hidden = !this.#isDone;
  }

  /** Return the picture that shall be compared with, null if none shall. */
  async wanted() {
    if (!this.#switch.checked || !this.#isDone) return null;
    const headers = { Accept: "image/png, image/*;q=0.5" };
    return fetchPicture(addressOf(this.#origin.result), { headers });
  }

  get #isDone() {
    const { status, result } = this.#origin ?? {};
    return status === "succeeded" && !result.expired && isStill(result);
  }

  #take(origin) {
    const wasDone = this.#isDone;
    this.#origin = origin;
    const { progress } = origin;
    const isOnItsWay = progress && !isFinal(origin);
    const told = [jobTitle(origin), ...(isOnItsWay ? [percent(progress.fraction)] : [])];
    this.#words.replaceChildren(
      element("a", { href: `#job=${origin.id}` }, "The picture it branched from"),
      `: ${told.join(", ")}.`,
    );
    this.#node.hidden = false;
    if (wasDone || !this.#isDone) return;
    this.#show(addressOf(origin.result));
    if (this.#compare) this.offer(this.#compare);
  }

  async #show(address) {
    const { signal } = this.#leaving;
    const blob = await fetchPicture(locate(address).href, { signal }).catch(() => null);
    if (!blob || signal.aborted) return;
    URL.revokeObjectURL(this.#picture.src);
    this.#picture.src = URL.createObjectURL(blob);
    this.#picture.alt = "The picture it branched from";
    this.#picture.hidden = false;
  }
}
