/**
 * Reads the points of a PLY file, or Gaussian splats as points: as many as can be turned
 * smoothly. The service is the judge of files; what this does not read is not shown.
 */

import { fitted } from "./points.js";

const MOST_POINTS = 300_000;
const HEADER_BYTES = 65_536;
const END = "end_header";
/** Names of reading methods of a DataView and sizes in bytes, by PLY's types. */
const TYPES = {
  ...both("char", "int8", ["Int8", 1]),
  ...both("uchar", "uint8", ["Uint8", 1]),
  ...both("short", "int16", ["Int16", 2]),
  ...both("ushort", "uint16", ["Uint16", 2]),
  ...both("int", "int32", ["Int32", 4]),
  ...both("uint", "uint32", ["Uint32", 4]),
  ...both("float", "float32", ["Float32", 4]),
  ...both("double", "float64", ["Float64", 8]),
};
const AXES = [["x"], ["y"], ["z"]];
const COLORS = [
  ["red", "diffuse_red", "r", "f_dc_0"],
  ["green", "diffuse_green", "g", "f_dc_1"],
  ["blue", "diffuse_blue", "b", "f_dc_2"],
];
/** The zeroth spherical harmonic, which splats store colours by. */
const HARMONIC = 0.2820948;

/**
 * Read a file.
 * @param {Blob} blob
 * @returns {Promise<import("./points.js").Points | null>} null if it is no PLY that this reads
 */
export async function readPly(blob) {
  const head = await blob.slice(0, HEADER_BYTES).text();
  const header = headerOf(head);
  const vertices = header?.elements.find(({ name }) => name === "vertex");
  if (!vertices?.count || placesOf(AXES, vertices).includes(-1)) return null;
  const rows =
    header.format === "ascii"
      ? rowsOfText(await blob.text(), header, vertices)
      : rowsOfBytes(await blob.arrayBuffer(), header, vertices);
  return rows && pointsOf(rows, vertices);
}

/**
 * Count what a file has, by its first lines alone.
 * @param {Blob} blob
 * @returns {Promise<{points: number, gaussians: boolean} | null>} null if it is no PLY
 */
export async function countPly(blob) {
  const header = headerOf(await blob.slice(0, HEADER_BYTES).text());
  const vertices = header?.elements.find(({ name }) => name === "vertex");
  if (!vertices?.count) return null;
  const gaussians = vertices.properties.some(({ name }) => name === "f_dc_0");
  return { points: vertices.count, gaussians };
}

function both(name, other, told) {
  return { [name]: told, [other]: told };
}

function headerOf(text) {
  const end = text.indexOf(END);
  if (!text.startsWith("ply") || end < 0) return null;
  const header = { format: "", elements: [], size: text.indexOf("\n", end) + 1 };
  for (const line of text.slice(0, end).split("\n")) {
    const words = line.trim().split(/\s+/);
    if (words[0] === "format") header.format = words[1];
    if (words[0] === "element")
      header.elements.push({ name: words[1], count: Number(words[2]), properties: [] });
    if (words[0] === "property")
      header.elements.at(-1)?.properties.push({ type: words[1], name: words.at(-1) });
  }
  return header;
}

/** Return where in a row each property stands, -1 for one that is not there. */
const placesOf = (names, { properties }) =>
  names.map((each) => properties.findIndex(({ name }) => each.includes(name)));

const strideOf = ({ count }) => Math.ceil(count / MOST_POINTS);

/** Yield every so many rows, as numbers. */
function* rowsOfText(text, { elements, size }, vertices) {
  const before = elements.slice(0, elements.indexOf(vertices));
  let skipped = before.reduce((sum, { count }) => sum + count, 0);
  const stride = strideOf(vertices);
  let start = size;
  for (let row = -skipped; row < vertices.count && start < text.length; row += 1) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end < 0 ? undefined : end);
    if (row >= 0 && row % stride === 0) yield line.trim().split(/\s+/).map(Number);
    start = end < 0 ? text.length : end + 1;
  }
}

/** Return the rows of a binary file; null where lists make their places unknown. */
function rowsOfBytes(buffer, { format, elements, size }, vertices) {
  const fixed = elements.slice(0, elements.indexOf(vertices) + 1);
  if (fixed.some(({ properties }) => properties.some(({ type }) => !TYPES[type])))
    return null;
  const sizes = fixed.map((each) => rowBytes(each) * each.count);
  const begin = sizes.slice(0, -1).reduce((sum, each) => sum + each, size);
  if (begin + sizes.at(-1) > buffer.byteLength) return null;
  return readRows(new DataView(buffer, begin), vertices, format === "binary_little_endian");
}

const rowBytes = ({ properties }) =>
  properties.reduce((sum, { type }) => sum + TYPES[type][1], 0);

function* readRows(view, vertices, isLittle) {
  const bytes = rowBytes(vertices);
  const stride = strideOf(vertices);
  for (let row = 0; row < vertices.count; row += stride) {
    let place = row * bytes;
    yield vertices.properties.map(({ type }) => {
      const [name, length] = TYPES[type];
      place += length;
      return view[`get${name}`](place - length, isLittle);
    });
  }
}

function pointsOf(rows, vertices) {
  const axes = placesOf(AXES, vertices);
  const channels = placesOf(COLORS, vertices);
  const scale = channels.map((place) => colorScale(vertices.properties[place]));
  const [places, colors] = [[], []];
  for (const row of rows) {
    const at = axes.map((axis) => row[axis]);
    if (!at.every(Number.isFinite)) continue;
    places.push(...at);
    colors.push(...channels.map((place, i) => (place < 0 ? 160 : scale[i](row[place]))));
  }
  if (!places.length) return null;
  return {
    positions: fitted(places),
    colors: Uint8ClampedArray.from(colors),
    total: vertices.count,
  };
}

function colorScale(property) {
  if (property?.name.startsWith("f_dc")) return (value) => 255 * (0.5 + HARMONIC * value);
  const name = TYPES[property?.type]?.[0] ?? "Uint8";
  if (name.startsWith("Float")) return (value) => 255 * value;
  return name === "Uint16" ? (value) => value / 257 : (value) => value;
}
