/** What the service is asked to learn how long a job takes, before its files are sent. */

import { countPly } from "./clouds/ply.js";

/** Browsers do not tell the frames of a clip, only how long it is. */
const FRAMES_A_SECOND = 25;

/**
 * @param {import("./kinds.js").Kind} kind
 * @param {{file: File | null, size: object | null}} photograph
 * @param {number} styles how many paintings
 * @param {object} params
 * @returns {Promise<object | null>} null if too little is known of the file
 */
export async function questionOf(kind, { file, size }, styles, params) {
  const told = { kind: kind.name, styles, params };
  if (kind.isPicture) return size && { ...shapeOf(size), styles, params };
  if (!kind.content) return { kind: kind.name, ...params };
  if (size) return Number.isFinite(size.seconds) ? { ...told, ...clipOf(size) } : null;
  const cloud = file && (await countPly(file));
  return cloud && { ...told, ...cloud };
}

/** Return what is supposed of a file, for whoever reads the answer. */
export const supposed = ({ frames }) =>
  frames ? ` If it has ${FRAMES_A_SECOND} frames a second.` : "";

const shapeOf = ({ width, height }) => ({ width, height });

function clipOf({ seconds, ...size }) {
  const frames = Math.max(1, Math.round(FRAMES_A_SECOND * seconds));
  return { ...shapeOf(size), frames, frame_rate: FRAMES_A_SECOND };
}
