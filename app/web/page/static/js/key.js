/** The API key: kept in this browser, asked for when the service wants one. */

import { byId } from "./dom.js";
import { forget, recall, remember } from "./storage.js";

const NAME = "key";
let asking = null;

export const apiKey = () => recall(NAME, "");

/**
 * Ask for a key after the service refused; several refusals at once ask once.
 * @param {string} reason in words, from the service
 * @returns {Promise<boolean>} whether there is a new key to try
 */
export function askForKey(reason) {
  asking ??= openKeyDialog(reason).finally(() => (asking = null));
  return asking;
}

/** Open the dialog; resolve to whether a key was given. */
export async function openKeyDialog(reason) {
  const dialog = byId("key-dialog");
  const input = byId("key-input");
  input.value = apiKey();
  byId("key-forget").hidden = !apiKey();
  if (reason) byId("key-reason").textContent = reason;
  dialog.returnValue = "";
  dialog.showModal();
  input.select();
  await new Promise((resolve) =>
    dialog.addEventListener("close", resolve, { once: true }),
  );
  if (dialog.returnValue === "forget") forget(NAME);
  const key = input.value.trim();
  const isGiven = dialog.returnValue === "use" && key !== "";
  if (isGiven) remember(NAME, key);
  showWhetherKept();
  return isGiven;
}

/** Let the button in the page's head say whether a key is in use. */
export function showWhetherKept() {
  byId("key-button").textContent = apiKey() ? "API key ✓" : "API key";
}
