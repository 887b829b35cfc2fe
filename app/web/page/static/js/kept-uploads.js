/**
 * Files that were sent once and can be named again and again, so that a slider over a
 * slow link moves no photograph.
 */

import { fit, measure } from "./pictures.js";
import { requestJson } from "./service.js";

const ENOUGH_BYTES = 300_000;
const LEAST_SIDE = 1024;

export class KeptUploads {
  /** @type {Map<string, Promise<string>>} ids, by the file and the side it was sent at */
  #ids = new Map();
  #numbers = new WeakMap();
  #count = 0;

  /**
   * Return the id of an upload of this file.
   * @param {File} file
   * @param {number} side of the picture that is made of it, in pixels: what is larger
   *   is sent smaller
   */
  idOf(file, side) {
    const enough = Math.max(LEAST_SIDE, side);
    const key = `${this.#numberOf(file)} ${enough}`;
    if (!this.#ids.has(key)) {
      const sending = send(file, enough);
      this.#ids.set(key, sending);
      sending.catch(() => this.#ids.delete(key));
    }
    return this.#ids.get(key);
  }

  /** Forget them all: the service has. */
  forget() {
    this.#ids.clear();
  }

  #numberOf(file) {
    if (!this.#numbers.has(file)) this.#numbers.set(file, ++this.#count);
    return this.#numbers.get(file);
  }
}

/** Do what names uploads; if the service has forgotten them, once more. */
export async function withUploads(uploads, act) {
  try {
    return await act();
  } catch (error) {
    if (!["upload_not_found", "upload_expired"].includes(error.code)) throw error;
    uploads.forget();
    return act();
  }
}

async function send(file, side) {
  const body = await small(file, side);
  const headers = { "Content-Type": body.type || "application/octet-stream" };
  const options = { method: "POST", body, headers, insist: true };
  return (await requestJson("v1/uploads", options)).id;
}

/** What this browser cannot show is sent as it is: the service is the judge. */
async function small(file, side) {
  const size = file.size > ENOUGH_BYTES ? await measure(file) : null;
  if (!size) return file;
  URL.revokeObjectURL(size.url);
  const { width, height } = size;
  const scale = Math.min(1, side / Math.max(width, height));
  return fit(file, size, { max_image_pixels: scale * scale * width * height });
}
