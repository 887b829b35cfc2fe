/** Ways in which a finished picture leaves the page: as a file, as a link. */

import { showLink } from "./dialogs.js";
import { element } from "./dom.js";
import { addressOf } from "./shown.js";
import { fetchPicture, linkTo, pictureOf, tokenOf } from "./service.js";

export const FORMATS = [
  { type: "image/png", ending: "png", name: "PNG, lossless" },
  { type: "image/jpeg", ending: "jpg", name: "JPEG, smaller" },
  { type: "image/webp", ending: "webp", name: "WebP, small" },
  { type: "image/avif", ending: "avif", name: "AVIF, smallest" },
];

/** A picture is stored without loss, and can be had in all formats. */
export const isConvertible = ({ media_type: type }) => type === FORMATS[0].type;

/** Save the picture in a format; its name says what it is. */
export async function download(job, type) {
  const address = pictureOf(job);
  address.searchParams.set("download", "1");
  const blob = await fetchPicture(address.href, {
    headers: { Accept: type },
    insist: true,
  });
  const { ending } = FORMATS.find((each) => each.type === blob.type) ?? FORMATS[0];
  const href = URL.createObjectURL(blob);
  const link = element("a", {
    href,
    download: `impasto-${job.id.slice(4, 12)}.${ending}`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // The browser reads it later.
}

/** Save the result as it is stored, without holding it in this page's memory. */
export function save(job) {
  element("a", { href: addressOf(job.result, { download: 1 }), download: "" }).click();
}

/** Hand on a link to the page with this job: as phones do, or copied and shown. */
export async function share(job) {
  const url = linkTo(job);
  const isPhone = matchMedia("(pointer: coarse)").matches;
  if (isPhone && navigator.share)
    return navigator.share({ title: "Impasto", url }).catch(() => undefined);
  const isCopied = await navigator.clipboard?.writeText(url).then(
    () => true,
    () => false,
  );
  const lasts = tokenOf(job)
    ? "It opens the picture without a key for an hour at least."
    : "It opens the picture for as long as the service keeps it.";
  return showLink(url, isCopied ? `It is copied. ${lasts}` : lasts);
}
