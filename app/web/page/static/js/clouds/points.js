/** Points to be turned, and the small file of them that comes with each painted cloud. */

const NEWLINE = 10;
const HEADER_BYTES = 1024;
const [PLACE_BYTES, COLOR_BYTES] = [12, 3];

/**
 * @typedef {object} Points
 * @property {Float32Array} positions x, y, z of each, about 0 and mostly within 1
 * @property {Uint8Array} colors red, green, blue of each
 * @property {number} total so many are in the cloud; evenly thinned if there are more
 */

/**
 * Read `points.bin` of a job.
 * @param {Blob} blob
 * @returns {Promise<Points>} or an error if it is none
 */
export async function readPoints(blob) {
  const head = new Uint8Array(await blob.slice(0, HEADER_BYTES).arrayBuffer());
  const begin = head.indexOf(NEWLINE) + 1;
  const { points, total } = JSON.parse(await blob.slice(0, begin).text());
  // A part of its own begins where floats may; browsers have them as the file does.
  const body = await blob.slice(begin).arrayBuffer();
  const places = new Float32Array(body, 0, 3 * points);
  const colors = new Uint8Array(body, PLACE_BYTES * points, COLOR_BYTES * points);
  return { positions: fitted(places), colors, total };
}

/**
 * Move to the middle and scale, in double precision: maps count millions of metres.
 * @param {ArrayLike<number>} places x, y, z of each
 * @returns {Float32Array}
 */
export function fitted(places) {
  const count = places.length / 3;
  const middle = [0, 0, 0];
  places.forEach((value, i) => (middle[i % 3] += value / count));
  let squares = 0;
  places.forEach((value, i) => (squares += (value - middle[i % 3]) ** 2));
  // A few far points shall not make the others small.
  const radius = 1.8 * Math.sqrt(squares / count) || 1;
  return Float32Array.from(places, (value, i) => (value - middle[i % 3]) / radius);
}
