/**
 * Sends a large file before the job that names it, in pieces: where the connection
 * breaks, it goes on with what has not arrived (draft-ietf-httpbis-resumable-upload).
 */

import { pause } from "./dom.js";
import { ConnectionLost, request, requestJson, send } from "./service.js";

/** What is smaller goes with the form. */
export const LARGE_BYTES = 16e6;
const PIECE_BYTES = 8 * 2 ** 20;
const MOST_TRIES = 5;

export class ResumableUploads {
  /** @type {WeakMap<File, string>} ids of uploads, finished or not */
  #ids = new WeakMap();

  /**
   * Return the id of an upload that has all of the file.
   * @param {File} file
   * @param {object} watcher `sent(fraction)`, `waiting(error, seconds)` before a new try
   * @throws {Problem|ConnectionLost}
   */
  async idOf(file, watcher) {
    const state = this.#ids.has(file) ? await this.#look(file) : null;
    const id = this.#ids.get(file) ?? (await this.#open(file));
    if (!state?.isComplete) await sendFrom(state?.offset ?? 0, id, file, watcher);
    return id;
  }

  /** Forget what the service has forgotten. */
  forget(file) {
    this.#ids.delete(file);
  }

  async #look(file) {
    try {
      return await stateOf(this.#ids.get(file));
    } catch (error) {
      if (![404, 410].includes(error.status)) throw error;
      this.forget(file);
      return null;
    }
  }

  async #open(file) {
    const headers = {
      "Content-Type": file.type || "application/octet-stream",
      "Upload-Complete": "?0",
    };
    const options = { method: "POST", headers, insist: true };
    const { id } = await requestJson("v1/uploads", options);
    this.#ids.set(file, id);
    return id;
  }
}

const pathOf = (id) => `v1/uploads/${encodeURIComponent(id)}`;

async function stateOf(id) {
  const { headers } = await request(pathOf(id), { method: "HEAD" });
  const offset = Number(headers.get("Upload-Offset"));
  return { offset, isComplete: headers.get("Upload-Complete") === "?1" };
}

async function sendFrom(begin, id, file, watcher) {
  let [offset, tries] = [begin, 0];
  for (;;) {
    try {
      // After a break only the service knows what has arrived.
      const state = tries ? await stateOf(id) : { offset };
      if (state.isComplete) return;
      if (state.offset > offset) tries = 0;
      offset = await append(id, file, state.offset, watcher);
      tries = 0;
      if (offset === file.size) return;
    } catch (error) {
      if (++tries === MOST_TRIES || !(error instanceof ConnectionLost)) throw error;
      const seconds = 2 ** tries;
      watcher.waiting(error, seconds);
      await pause(1000 * seconds);
    }
  }
}

/** Send one piece; return where the next begins. */
async function append(id, file, offset, { sent }) {
  const end = Math.min(offset + PIECE_BYTES, file.size);
  const headers = {
    "Content-Type": "application/partial-upload",
    "Upload-Offset": String(offset),
    "Upload-Complete": end === file.size ? "?1" : "?0",
  };
  const piece = file.slice(offset, end);
  await send(pathOf(id), piece, {
    ...{ method: "PATCH", headers },
    onProgress: (part) => sent((offset + part * (end - offset)) / file.size),
  });
  return end;
}
