/** What a job has made besides its result: a strip to look at, and links. */

import { element } from "./dom.js";
import { addressOf, isFilm, isPoints, sorted } from "./shown.js";
import { bytes } from "./words.js";

/**
 * @param {object} result of a job
 * @param {(file: object) => void} show shows one of the strip large
 * @returns {Element | null} null if there are no further files
 */
export function filesBox(result, show) {
  const { shown, others } = sorted(result);
  const turned = others.filter(isPoints).map((file) => ({ ...file, name: "it in 3D" }));
  const large = [...turned, ...shown];
  if (!large.length && !others.length) return null;
  return element(
    "section",
    { class: "files", "aria-label": "Further files" },
    large.length
      ? element("div", { class: "strip" }, ...large.map((file) => small(file, show)))
      : null,
    others.length ? element("ul", { class: "file-list" }, ...others.map(link)) : null,
  );
}

function small(file, show) {
  return element(
    "button",
    {
      type: "button",
      class: "strip-item",
      title: file.name,
      "aria-label": `Show ${file.name}`,
      onclick: () => show(file),
    },
    faceOf(file),
  );
}

function faceOf(file) {
  const src = addressOf(file);
  if (isPoints(file)) return element("span", { class: "strip-words" }, "Turn it");
  return isFilm(file)
    ? element("video", { src, preload: "metadata", muted: true, tabindex: "-1" })
    : element("img", { src, alt: "", loading: "lazy", draggable: "false" });
}

function link(file) {
  const href = addressOf(file, { download: 1 });
  const size = element("span", { class: "hint" }, ` ${bytes(file.bytes)}`);
  return element("li", {}, element("a", { href, download: file.name }, file.name), size);
}
