/** Gets back what a job was made from, so that the form can be filled with it again. */

import { inSentOrder } from "./job-form.js";
import { below, fetchPicture } from "./service.js";

/**
 * @param {object} job
 * @param {{photograph: Blob | null, paintings: object[]}} source what this page still has
 * @returns {Promise<{photograph: File | null, paintings: {styleId?: string, file?: File,
 *   weight: number, mask?: Blob}[], kept: Blob | null}>} without what the service no longer keeps
 */
export async function materialOf(job, { photograph, paintings }) {
  const masks = await Promise.all(
    (job.input.masks ?? []).map((each, k) => each && inputOf(job, `mask/${k}`, each)),
  );
  const { keep_mask: keepMask } = job.input;
  const kept = keepMask ? await inputOf(job, "keep_mask", keepMask) : null;
  const masked = (each, place) => ({ ...each, mask: masks[place] });
  if (paintings.length)
    return {
      kept,
      photograph: asFile(photograph, "photograph"),
      paintings: inSentOrder(paintings).map(masked),
    };
  if (job.input.content)
    photograph ??= await inputOf(job, "content", job.input.content);
  const found = await Promise.all(
    job.input.styles.map(async (style, index) => {
      const painting = await paintingOf(job, style, index);
      return painting && masked(painting, index);
    }),
  );
  return {
    kept,
    photograph: asFile(photograph, "photograph"),
    paintings: found.filter(Boolean),
  };
}

async function paintingOf(job, style, index) {
  const weight = job.params.style_weights?.[index] ?? 1;
  if (style.style_id) return { styleId: style.style_id, weight };
  const blob = await inputOf(job, `style/${index}`, style);
  return blob && { file: asFile(blob, `painting ${index + 1}`), weight };
}

/** Return what the service keeps of an input, or null. */
async function inputOf(job, name, { media_type: type }) {
  const options = { headers: { Accept: type ?? "image/*" } };
  return fetchPicture(below(job, `/inputs/${name}`), options).catch(() => null);
}

function asFile(blob, name) {
  if (blob === null || blob instanceof File) return blob;
  return new File([blob], `${name}.${blob.type.split("/")[1] ?? "png"}`, {
    type: blob.type,
  });
}
