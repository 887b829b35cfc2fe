/** Says what went wrong: in one box, and beside each field that is at fault. */

import { byId, tell } from "./dom.js";
import { duration } from "./words.js";

/** Codes whose field the service need not name: there is one photograph only. */
const FIELD_OF_CODE = {
  missing_content: "content",
  missing_style: "style",
  too_many_styles: "style",
  style_weights_mismatch: "style",
};
const FIELD_OF_POINTER = {
  styles: "style",
  style_id: "style",
  style_weight: "style",
  style_weights: "style",
};

/** The whole of a problem as text. */
export function inWords(error) {
  const later = error.retryAfterSeconds
    ? `Try again in ${duration(error.retryAfterSeconds)}.`
    : "";
  const report = error.status === 500 && error.requestId ? `(${error.requestId})` : "";
  const title = error.title ? sentence(error.title) : "";
  const detail = error.detail ?? error.message ?? "";
  return [title, sentence(detail), later, report].filter(Boolean).join(" ");
}

const sentence = (text) => (/[.!?]$/.test(text) || !text ? text : `${text}.`);

/**
 * Show a problem.
 * @param {Error} error
 * @param {Element} box for the whole
 */
export function showProblem(error, box) {
  tell(box, inWords(error));
  const faults = faultsOf(error).filter(({ field }) => placeOf(field));
  for (const { field, message } of faults) showFault(field, message);
  focusFirst(faults, box);
}

/** Take all messages away. */
export function clearProblems(box) {
  tell(box, "");
  for (const place of document.querySelectorAll("[data-error-for]")) tell(place, "");
  for (const input of document.querySelectorAll("[aria-invalid]"))
    input.removeAttribute("aria-invalid");
}

/** Take away what was said of one field, for it has been changed. */
export function clearFault(field, box) {
  tell(box, "");
  const place = placeOf(field);
  if (place) tell(place, "");
  inputOf(field)?.removeAttribute("aria-invalid");
}

function faultsOf(error) {
  const named = (error.errors ?? []).map(({ field, message }) => ({
    field: fieldOf(field),
    message: sentence(message),
  }));
  const implied = FIELD_OF_CODE[error.code];
  return named.length || !implied
    ? named
    : [{ field: implied, message: inWords(error) }];
}

/** "/params/steps" and "/style/0" to "steps" and "style". */
function fieldOf(pointer) {
  const parts = String(pointer).split("/").filter(Boolean);
  const name = parts[0] === "params" ? parts[1] : parts[0];
  return FIELD_OF_POINTER[name] ?? name;
}

const placeOf = (field) =>
  document.querySelector(`[data-error-for="${CSS.escape(field ?? "")}"]`);
const inputOf = (field) =>
  document.querySelector(`[data-field="${CSS.escape(field ?? "")}"]`);

function showFault(field, message) {
  const place = placeOf(field);
  tell(place, place.textContent ? `${place.textContent} ${message}` : message);
  inputOf(field)?.setAttribute("aria-invalid", "true");
  const folded = place.closest("details");
  if (folded) folded.open = true;
}

function focusFirst(faults, box) {
  const input = faults
    .map(({ field }) => inputOf(field))
    .find((each) => each?.getClientRects().length);
  (input ?? box).focus();
}
