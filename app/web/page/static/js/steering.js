/**
 * Leans into a picture while it is painted: sliders for what its kind can change, undo
 * and redo, pause, and another way from here. What there is to change the service tells.
 */

import { ControlQueue } from "./control-queue.js";
import { ControlRow } from "./control-row.js";
import { announce, element } from "./dom.js";
import { LiveMasks, isMask } from "./masks/live-masks.js";
import { parametersOf } from "./schema.js";
import { ifThere, requestJson } from "./service.js";
import { isFinal, unitOf } from "./words.js";

/** Of a finished job's steps so many more are offered, and at least so many. */
const MORE_PART = 4;
const LEAST_MORE = 10;

export class Steering {
  #job = null;
  #queue = null;
  /** @type {Map<string, ControlRow>} */
  #rows = new Map();
  /** What is on its way: the value, and the revision once that is known. */
  #asked = new Map();
  #revision = 0;
  #done = [];
  #undone = [];
  #titles = [];
  #sliders = element("div", { class: "steer-rows" });
  #masks;
  #undo = this.#tool("undo", "Undo", () => this.#step(this.#done, this.#undone, 0));
  #redo = this.#tool("redo", "Redo", () => this.#step(this.#undone, this.#done, 1));
  #pause;
  #resume;
  #branch;
  #tools = element("div", { class: "actions steer-tools" });
  #origin = element("p", { class: "hint", hidden: true });
  #showProblem;

  /**
   * @param {(action: string, text: string, look?: string, argument?: () => *) => Element} button
   *   makes a button that does an action of the job
   * @param {(error: Error | null) => void} showProblem
   */
  constructor(button, showProblem) {
    this.#showProblem = showProblem;
    this.#masks = new LiveMasks(showProblem);
    this.#pause = button("pause", "Pause");
    this.#resume = button("resume", "Go on", "soft");
    this.#branch = button("branch", "", "", () => this.#further());
    this.node = element(
      "section",
      { class: "steering", "aria-label": "Lean in", hidden: true },
      this.#origin,
      this.#sliders,
      this.#masks.node,
      this.#tools,
    );
    this.#tools.append(
      ...[this.#undo, this.#redo, this.#pause, this.#resume, this.#branch],
    );
  }

  /**
   * Begin with another job.
   * @param {object} job
   * @param {string[]} titles of its paintings, as far as they are known
   */
  async open(job, titles) {
    this.#queue?.end();
    this.#titles = job.input.styles.map((_, place) => titles[place] || `Painting ${place + 1}`);
    this.#masks.open(job, this.#titles);
    this.#queue = new ControlQueue(job.urls.controls, {
      asked: (names, revision) => this.#wasAsked(names, revision),
      refused: (error) => this.#wasRefused(error),
    });
    for (const each of [this.#rows, this.#asked]) each.clear();
    this.#done = [];
    this.#undone = [];
    this.#revision = 0;
    this.#sliders.replaceChildren();
    this.#job = job;
    this.take(job);
    if (!isFinal(job)) await this.#load();
  }

  close() {
    this.#queue?.end();
    this.#masks.close();
  }

  /** Take in how the job stands now. */
  take(job) {
    if (this.#job?.id !== job.id) return;
    this.#job = job;
    const isOver = isFinal(job);
    const isEnding = Boolean(job.cancel_requested_at || job.finish_requested_at);
    this.#sliders.hidden = isOver || isEnding || !this.#rows.size;
    this.#masks.node.hidden = isOver || isEnding || !this.#masks.arePossible;
    if (this.#masks.node.hidden) this.#masks.close();
    this.#pause.hidden = isOver || isEnding || Boolean(job.paused_at);
    this.#resume.hidden = isOver || isEnding || !job.paused_at;
    this.#layBranch(job, isOver);
    this.#layTools();
    this.#layOrigin(job);
    this.#tools.hidden = [...this.#tools.children].every((each) => each.hidden);
    this.node.hidden = [...this.node.children].every((each) => each.hidden);
    if (!isOver && (job.controls?.revision ?? 0) > this.#revision) this.#load();
  }

  /** A change holds from a step on. */
  applied({ revision, step, changes }) {
    this.#masks.applied({ step, changes });
    for (const name of Object.keys(changes)) {
      const row = this.#rows.get(name);
      const asked = this.#asked.get(name);
      // The answer to a change may come after the step that it holds from.
      const isOurs =
        asked && (asked.revision <= revision || isSame(asked.value, changes[name]));
      if (!row || (asked && !isOurs)) continue;
      this.#asked.delete(name);
      const since = `${unitOf(this.#job.progress)} ${step}`;
      row.holds(since);
      announce(`${row.label}: the change holds from ${since} on.`);
    }
  }

  async #load() {
    const { id, urls } = this.#job;
    const told = await ifThere(requestJson(urls.controls)).catch(() => null);
    if (!told || this.#job.id !== id) return;
    this.#revision = Math.max(this.#revision, told.revision);
    this.#masks.know(told.values);
    if (!this.#rows.size) this.#build(told.schema);
    for (const [name, row] of this.#rows) {
      // What was moved here and is still on its way is newer.
      if (this.#asked.has(name) || isSame(row.value, told.values[name])) continue;
      const isKnown = row.value !== undefined;
      row.value = told.values[name];
      row.show(row.value);
      if (isKnown && told.applied_revision < told.revision) row.onItsWay();
    }
    this.take(this.#job);
  }

  #build(schema) {
    // One painting has nothing to be weighed against.
    const parameters = parametersOf(schema).filter(
      ({ name, each_of: each }) => !isMask(name) && (!each || this.#titles.length > 1),
    );
    for (const parameter of parameters) {
      const moved = (value, isDone) => this.#moved(parameter.name, value, isDone);
      this.#rows.set(parameter.name, new ControlRow(parameter, moved, this.#titles));
    }
    const nodes = (some) => some.map(({ name }) => this.#rows.get(name).node);
    const more = parameters.filter(({ label }) => !label);
    this.#sliders.replaceChildren(
      ...nodes(parameters.filter(({ label }) => label)),
      element(
        "details",
        { class: "steer-more", hidden: more.length === 0 },
        element("summary", {}, "More to change"),
        ...nodes(more),
      ),
    );
  }

  #moved(name, value, isDone) {
    const row = this.#rows.get(name);
    const [from, last] = [row.value, this.#done.at(-1)];
    if (!isSame(value, last?.isOpen && last.name === name ? last.to : from))
      this.#ask(name, value);
    // One movement of the hand is one step to undo.
    if (last?.isOpen && last.name === name) last.to = value;
    else if (!isSame(value, from)) this.#done.push({ name, from, to: value, isOpen: true });
    if (isDone && this.#done.length) this.#done.at(-1).isOpen = false;
    if (isDone) row.value = value;
    this.#undone = [];
    this.#layTools();
  }

  #ask(name, value) {
    this.#showProblem(null);
    this.#asked.set(name, { value, revision: Infinity });
    this.#rows.get(name).onItsWay();
    this.#queue.ask({ [name]: value });
  }

  #wasAsked(names, revision) {
    this.#revision = Math.max(this.#revision, revision);
    for (const name of names) {
      const asked = this.#asked.get(name);
      if (asked) asked.revision = revision;
    }
  }

  #wasRefused(error) {
    this.#showProblem(error);
    for (const name of this.#asked.keys()) this.#rows.get(name).settle();
    this.#asked.clear();
    for (const row of this.#rows.values()) row.value = undefined;
    this.#load();
  }

  /** Take a change back, or make it again: `from` one list to the other. */
  #step(from, to, isAgain) {
    const change = from.pop();
    if (!change) return;
    to.push({ ...change, isOpen: false });
    const value = isAgain ? change.to : change.from;
    const row = this.#rows.get(change.name);
    row.value = value;
    row.show(value);
    this.#ask(change.name, value);
    this.#layTools();
    announce(`${row.label} is ${[value].flat().join(", ") || "as usual"} again.`);
  }

  #layTools() {
    this.#undo.disabled = this.#done.length === 0;
    this.#redo.disabled = this.#undone.length === 0;
    this.#undo.hidden = this.#redo.hidden = this.#sliders.hidden;
  }

  #layBranch(job, isOver) {
    this.#branch.hidden = !(isOver ? job.state : job.progress);
    const more = this.#further().steps;
    this.#branch.textContent = more
      ? `Paint on: ${more} more steps`
      : "Try another way from here";
  }

  /** What a branch needs: a job that has taken all its steps is given some more. */
  #further() {
    const { state, progress, params = {} } = this.#job ?? {};
    if (!("steps" in params)) return {};
    if (!progress || !isFinal(this.#job) || state?.step < progress.total_steps) return {};
    return { steps: Math.max(LEAST_MORE, Math.round(progress.total_steps / MORE_PART)) };
  }

  #layOrigin({ branch_of: origin, branched_at_step: step }) {
    this.#origin.hidden = !origin;
    if (!origin) return;
    const link = element("a", { href: `#job=${origin}` }, "that picture");
    this.#origin.replaceChildren(`Another way from ${unitOf(this.#job.progress)} ${step} of `, link, ".");
  }

  #tool(name, text, onclick) {
    const properties = { type: "button", class: "button", "data-tool": name, onclick };
    return element("button", properties, text);
  }
}

/** Several numbers are one value. */
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
