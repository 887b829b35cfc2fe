/** What of a finished job can be looked at: pictures and films, whatever its kind. */

import { locate } from "./service.js";

export const isFilm = ({ media_type: type }) => type.startsWith("video/");
export const isStill = ({ media_type: type }) => type.startsWith("image/");
/** Whether it is points to be turned, which come with a cloud of any format. */
export const isPoints = ({ media_type: type }) => type === "model/x-points";
const isShown = (file) => isFilm(file) || isStill(file);

/** Return the files that can be looked at, and the others. */
export function sorted({ files = [] }) {
  return { shown: files.filter(isShown), others: files.filter((each) => !isShown(each)) };
}

/**
 * Return what stands for the result: itself, or else a film or a picture of it.
 * @returns {{url: string, media_type: string} | null} null if there is neither
 */
export function faceOf(result) {
  if (isShown(result)) return result;
  const { shown } = sorted(result);
  return shown.find(isFilm) ?? shown[0] ?? null;
}

/**
 * Return where this page gets a file: from the service itself, for the page may read
 * nothing from the storage that others may be redirected to.
 */
export function addressOf({ url }, query = {}) {
  const address = locate(url);
  for (const [name, value] of Object.entries({ proxy: 1, ...query }))
    address.searchParams.set(name, value);
  return address.href;
}
