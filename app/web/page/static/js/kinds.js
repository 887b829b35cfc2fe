/** What the service offers to make, as its capabilities tell: one tab of the form each. */

import { humanName } from "./words.js";

/** What people call a kind, and the button that begins it; others go by their names. */
const LABELS = {
  image: { tab: "Picture" },
  video: { tab: "Video" },
  pointcloud: { tab: "3D" },
  training: { tab: "New style", act: "Learn it" },
};

/** The parameters that go with a mask of what is kept. */
export const KEPT = { keep: "mask" };

/**
 * @typedef {object} Slot a place for files of a job
 * @property {string} name of its field in a form
 * @property {string} noun
 * @property {string} description
 * @property {string[]} media_types
 * @property {string[]} endings of names of files
 * @property {number} most
 * @property {string | null} library_field of a form
 * @property {string | null} over a mask: what it is a mask of
 * @property {string | null} each_of the slot whose files have one of these each
 */

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {string} label
 * @property {string} act what the button says
 * @property {string} unit what the steps of its jobs are
 * @property {boolean} drawsViews whether the service shows what a job would look at
 * @property {boolean} isPicture whether a picture becomes a picture
 * @property {object} schema of the parameters
 * @property {object} limits
 * @property {Slot | null} content what is painted; null if there is nothing
 * @property {Slot} paintings
 * @property {Slot | null} mask says where on the content each painting goes
 * @property {Slot | null} kept a mask of the content alone: what of it is kept
 */

/** @returns {Kind[]} the first is usual */
export const kindsOf = ({ kinds, limits }) =>
  Object.entries(kinds).map(([name, told]) => kindOf(name, told, limits));

function kindOf(name, told, limitsOfAll) {
  const { slots, unit, params_schema: schema, formats, limits } = told;
  const { tab = humanName(name), act = "Paint" } = LABELS[name] ?? {};
  const needed = slots.filter(({ least }) => least > 0);
  const content = needed.find(({ plural }) => plural === null) ?? null;
  const isPicture =
    Boolean(content) && [...content.media_types, ...formats.output].every(isPictureType);
  const bounds = isPicture ? { ...limitsOfAll, ...limits } : limits;
  const paintings = needed.find(({ plural }) => plural !== null);
  const mask = slots.find((slot) => isMaskOf(slot, content, paintings)) ?? null;
  const kept = slots.find((slot) => isMaskOf(slot, content, { name: null })) ?? null;
  const words = { name, label: tab, act, unit, drawsViews: told.draws_views };
  return { ...words, isPicture, schema, limits: bounds, content, paintings, mask, kept };
}

const isMaskOf = ({ over, each_of: each }, content, paintings) =>
  content !== null && over === content.name && each === paintings.name;
const isPictureType = (type) => type.startsWith("image/");

/** Return the kind that files of such a name are for; undefined if none is. */
export function kindOfFile(kinds, { name }) {
  const isFor = ({ content }) =>
    content?.endings.some((ending) => name.toLowerCase().endsWith(ending));
  return kinds.find(isFor);
}
