/** Writes what was chosen into the form that a job is sent by. */

/**
 * Return paintings in the order in which a form names them: brought ones first, then the
 * service's own. Weights and masks go by it.
 */
export const inSentOrder = (paintings) => [
  ...paintings.filter((each) => each.file),
  ...paintings.filter((each) => !each.file),
];

/**
 * Append paintings, and how much there shall be of each.
 * @param {FormData} form
 * @param {{name: string, library_field: string}} slot
 * @param {import("./gallery.js").Painting[]} paintings
 */
export function appendPaintings(form, slot, paintings) {
  for (const { file, styleId } of inSentOrder(paintings))
    if (file) form.append(slot.name, file, file.name || "painting");
    else form.append(slot.library_field, styleId);
  appendWeights(form, paintings);
}

export function appendWeights(form, paintings) {
  if (paintings.length > 1)
    for (const { weight } of inSentOrder(paintings))
      form.append("style_weight", weight);
}

/** Append masks in the paintings' order; an empty text stands for none. */
export function appendMasks(form, masks) {
  if (masks.every((each) => each === null)) return;
  for (const mask of masks)
    if (mask) form.append("mask", mask, "mask.png");
    else form.append("mask", "");
}

export function appendParams(form, params) {
  for (const [name, value] of Object.entries(params))
    form.append(
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    );
}
