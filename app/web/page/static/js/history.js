/** The jobs that were sent from this browser, newest first, with small pictures. */

import { announce, byId, element } from "./dom.js";
import { confirm } from "./dialogs.js";
import { ifThere, jobPath, request, requestJson } from "./service.js";
import { recall, remember } from "./storage.js";
import { FINAL, jobTitle, when } from "./words.js";

const NAME = "history";
const MOST = 40;
const LOOK_MILLISECONDS = 5000;

/** @typedef {{id: string, created: string, status: string, title: string, thumbnail: string | null}} Entry */

export class History {
  /** @type {Entry[]} */
  #entries = recall(NAME, []);
  #openId = null;
  #timer = null;

  constructor() {
    this.#draw();
    this.#watch();
    // Another tab may have painted.
    addEventListener("storage", () => {
      this.#entries = recall(NAME, []);
      this.#draw();
    });
  }

  /** Mark the job that is in the picture view; it tells its news itself. */
  set openId(id) {
    this.#openId = id;
    this.#draw();
  }

  has(id) {
    return this.#entries.some((each) => each.id === id);
  }

  hasThumbnail(id) {
    return this.#entries.some((each) => each.id === id && each.thumbnail);
  }

  /** Add a job, or change what is known of it. */
  note(id, change) {
    const known = this.#entries.find((each) => each.id === id);
    const isNews =
      !known || Object.entries(change).some(([name, value]) => known[name] !== value);
    if (!isNews) return;
    if (known) Object.assign(known, change);
    else this.#entries.unshift({ id, title: "", thumbnail: null, ...change });
    this.#keep();
    this.#watch();
  }

  #keep() {
    this.#entries = this.#entries.slice(0, MOST);
    // A full store takes fewer pictures: the oldest go first.
    while (!remember(NAME, this.#entries) && this.#entries.length) this.#entries.pop();
    this.#draw();
  }

  #forget(id) {
    this.#entries = this.#entries.filter((each) => each.id !== id);
    this.#keep();
    if (id === this.#openId) location.hash = "";
  }

  #draw() {
    byId("history").hidden = this.#entries.length === 0;
    byId("history-list").replaceChildren(
      ...this.#entries.map((each) => this.#card(each)),
    );
  }

  #card(entry) {
    const { id, status, title, thumbnail, created } = entry;
    const words = `${jobTitle({ status })}${title ? `: ${title}` : ""}, ${when(created)}`;
    const picture = thumbnail
      ? element("img", { src: thumbnail, alt: "", loading: "lazy" })
      : element("span", { class: "history-blank" });
    const link = element(
      "a",
      {
        href: `#job=${id}`,
        class: "history-link",
        "aria-label": words,
        "aria-current": id === this.#openId ? "true" : null,
      },
      picture,
      status === "succeeded"
        ? null
        : element("span", { class: `history-state ${status}` }, shortState(status)),
    );
    const label = `Delete the picture of ${when(created)}`;
    const remove = element(
      "button",
      {
        type: "button",
        class: "history-delete",
        "aria-label": label,
        title: "Delete",
        onclick: () => this.#delete(entry),
      },
      element("span", { "aria-hidden": "true" }, "×"),
    );
    return element("li", { class: "history-card" }, link, remove);
  }

  async #delete({ id, status }) {
    const isUnfinished = !FINAL.has(status);
    const text = isUnfinished
      ? "It is still being painted: it is stopped first."
      : "The picture and what it was made from are deleted from the service too.";
    if (
      !(await confirm({
        title: "Delete this picture?",
        text,
        yes: "Delete",
        no: "Keep",
      }))
    )
      return;
    try {
      if (isUnfinished)
        await ifThere(
          request(`${jobPath(id)}/cancel`, { method: "POST", insist: true }),
        );
      await ifThere(request(jobPath(id), { method: "DELETE", insist: true }));
      announce("Deleted.");
      this.#forget(id);
    } catch (error) {
      this.#explain(id, error);
    }
  }

  async #explain(id, error) {
    const text = `${error.title ?? ""}. ${error.detail ?? ""} It can be taken off this list all the same.`;
    if (
      await confirm({
        title: "It could not be deleted",
        text,
        yes: "Take off the list",
        no: "Keep",
      })
    )
      this.#forget(id);
  }

  /** Look now and then at jobs that go on while another is in the picture view. */
  #watch() {
    clearTimeout(this.#timer);
    const unfinished = this.#entries.filter(
      ({ id, status }) => !FINAL.has(status) && id !== this.#openId,
    );
    if (unfinished.length)
      this.#timer = setTimeout(() => this.#look(unfinished), LOOK_MILLISECONDS);
  }

  async #look(entries) {
    if (!document.hidden)
      for (const { id } of entries) {
        const job = await ifThere(requestJson(jobPath(id))).catch(() => undefined);
        if (job === null) this.#forget(id);
        else if (job) this.note(id, { status: job.status });
      }
    this.#watch();
  }
}

function shortState(status) {
  const words = {
    queued: "waiting",
    starting: "painting",
    processing: "painting",
    failed: "failed",
    canceled: "stopped",
  };
  return words[status] ?? status;
}
