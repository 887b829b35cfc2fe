/** Pictures in the browser: measured, made smaller, made into thumbnails; and clips. */

const JPEG = "image/jpeg";

/**
 * Read a picture or a clip that may be shown here.
 * @returns {Promise<{url: string, width: number, height: number, seconds?: number} |
 *   null>} with `seconds` for a clip; null if this browser cannot show it; the service
 *   may still be able to read it. The caller revokes `url`.
 */
export async function measure(blob) {
  return blob.type.startsWith("video/") ? measureClip(blob) : measurePicture(blob);
}

function measureClip(blob) {
  const url = URL.createObjectURL(blob);
  const clip = document.createElement("video");
  clip.preload = "metadata";
  return new Promise((resolve) => {
    clip.onloadedmetadata = () => {
      const { videoWidth: width, videoHeight: height, duration: seconds } = clip;
      resolve(width ? { url, width, height, seconds } : null);
    };
    clip.onerror = () => {
      URL.revokeObjectURL(url);
      resolve(null);
    };
    clip.src = url;
  });
}

async function measurePicture(blob) {
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return { url, width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    URL.revokeObjectURL(url);
    return null;
  }
}

/**
 * Make a photograph smaller if the service would refuse it: what phones take today may
 * be larger, and no result needs so many pixels.
 * @param {File} file
 * @param {{width: number, height: number}} size of the picture
 * @param {{max_image_bytes?: number, max_image_pixels?: number,
 *   max_image_pixels_by_type?: Record<string, number>}} limits
 * @returns {Promise<File>} the same file if it fits
 */
export async function fit(file, { width, height }, limits) {
  const pixels = width * height;
  const maxPixels =
    limits.max_image_pixels_by_type?.[file.type] ?? limits.max_image_pixels ?? Infinity;
  const maxBytes = limits.max_image_bytes ?? Infinity;
  if (pixels <= maxPixels && file.size <= maxBytes) return file;
  const scale = Math.min(1, Math.sqrt(Math.min(maxPixels, 16e6) / pixels));
  const blob = await redraw(
    file,
    Math.floor(width * scale),
    Math.floor(height * scale),
    0.92,
  );
  return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: JPEG });
}

/** Return a small JPEG as a data: URL, to be kept in this browser's memory. */
export async function thumbnail(blob, side = 192) {
  const size = await measure(blob);
  if (size === null) return null;
  URL.revokeObjectURL(size.url);
  const scale = Math.min(1, side / Math.max(size.width, size.height));
  const small = await redraw(
    blob,
    Math.ceil(size.width * scale),
    Math.ceil(size.height * scale),
    0.8,
  );
  return asDataUrl(small);
}

async function redraw(blob, width, height, quality) {
  const bitmap = await createImageBitmap(blob, {
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: "high",
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // The service too lays what is transparent on white.
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, JPEG, quality));
}

function asDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Return the first picture, or else the first file, among what was dropped or pasted. */
export function fileAmong(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}
