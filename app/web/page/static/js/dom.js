/**
 * Builds elements. Strings become text, never markup: the page's policy forbids more.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Return the element with this id; the page's HTML has it. */
export const byId = (id) => document.getElementById(id);

/**
 * Make an HTML element.
 * @param {string} name of the tag
 * @param {object} [properties] `class`, `dataset`, `onclick` and the like, attributes;
 *   those that are null, undefined or false are left out
 * @param {...(Node|string|null)} children
 */
export function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) setProperty(node, key, value);
  node.append(
    ...children.flat().filter((child) => child !== null && child !== undefined),
  );
  return node;
}

function setProperty(node, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key === "class") node.className = value;
  else if (key === "dataset") Object.assign(node.dataset, value);
  else if (typeof value === "function") node.addEventListener(key.slice(2), value);
  else node.setAttribute(key, value === true ? "" : value);
}

/** Make an SVG element with attributes. */
export function drawing(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Write text into an element and hide the element if there is none. */
export function tell(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

/** Say something to people who hear the page. */
export function announce(text) {
  byId("announcer").textContent = text;
}

export const prefersStillness = () =>
  matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Return a promise that is kept after so many milliseconds, or once we are online. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal?.addEventListener("abort", end, { once: true });
  });
}
