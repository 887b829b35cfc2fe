/** Questions and links in the browser's own dialogs. */

import { byId } from "./dom.js";

/**
 * Ask a question that has a yes and a no.
 * @returns {Promise<boolean>} closing the dialog any other way is a no
 */
export async function confirm({ title, text, yes, no }) {
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  byId("confirm-no").textContent = no;
  return (await open(byId("confirm-dialog"))) === "yes";
}

/** Show a link to copy by hand, where the browser does not copy by itself. */
export function showLink(link, note) {
  byId("share-note").textContent = note;
  const dialog = byId("share-dialog");
  const input = byId("share-link");
  input.value = link;
  const closed = open(dialog);
  input.select();
  return closed;
}

async function open(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) =>
    dialog.addEventListener("close", resolve, { once: true }),
  );
  return dialog.returnValue;
}
