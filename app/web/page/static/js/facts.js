/** What a picture was made with, for those who want to know. */

import { element } from "./dom.js";
import { bytes, count, duration, humanName } from "./words.js";

/** Return the folded list of a job's facts. */
export function factsOf(job) {
  const pairs = [...madeWith(job), ...madeOn(job)].filter(([, value]) => value);
  const rows = pairs.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value)),
  );
  return element(
    "details",
    { class: "facts" },
    element("summary", {}, "How it was made"),
    element("dl", {}, ...rows),
  );
}

function madeWith({ params = {} }) {
  return Object.entries(params)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [humanName(name), readable(value)]);
}

function madeOn({ result, metrics, reproducibility: made, id }) {
  return [
    [
      "File",
      result?.bytes ? sizeOf(result) : "",
    ],
    ["Waited", metrics?.queue_seconds ? duration(metrics.queue_seconds) : ""],
    ["Painted in", metrics?.predict_seconds ? duration(metrics.predict_seconds) : ""],
    ["Memory", metrics?.peak_memory_bytes ? bytes(metrics.peak_memory_bytes) : ""],
    [
      "Device",
      made
        ? `${made.device}${made.threads ? `, ${count(made.threads, "thread")}` : ""}`
        : "",
    ],
    ["Algorithm", made?.algorithm ?? ""],
    [
      "Same again?",
      made
        ? made.deterministic
          ? "Yes: the same settings give the same picture."
          : "Nearly: this device rounds differently each time."
        : "",
    ],
    ["Job", id],
  ];
}

const sizeOf = ({ bytes: number, width, height }) =>
  [bytes(number), ...(width ? [`${width} × ${height}`] : [])].join(", ");

function readable(value) {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
