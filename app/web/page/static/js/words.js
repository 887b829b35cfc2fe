/** Numbers and states as people say them. */

const UNITS = ["bytes", "kB", "MB", "GB"];

/** "40 seconds", "3 minutes", "1 h 20 min". */
export function duration(seconds) {
  if (seconds < 1) return "a moment";
  if (seconds < 90) return count(Math.round(seconds), "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return count(minutes, "minute");
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "1 step", "2 steps". */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** "1.4 MB". */
export function bytes(number) {
  let unit = 0;
  while (number >= 1000 && unit < UNITS.length - 1)
    [number, unit] = [number / 1000, unit + 1];
  return `${number < 10 && unit ? number.toFixed(1) : Math.round(number)} ${UNITS[unit]}`;
}

export const percent = (fraction) => `${Math.round(100 * (fraction || 0))} %`;

/** "frames" to "frame". */
export const singular = (noun) => noun.replace(/s$/, "");

/** What a job's progress counts, one of it: "step", "frame". */
export const unitOf = (progress) => singular(progress?.unit ?? "steps");

/** "style_strength" to "Style strength". */
export function humanName(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "Monday 14:02" or "3 May": short, and in the reader's own way. */
export function when(timestamp) {
  const date = new Date(timestamp);
  const isRecent = Date.now() - date < 6 * 86_400_000;
  const style = isRecent
    ? { weekday: "short", hour: "2-digit", minute: "2-digit" }
    : { day: "numeric", month: "short" };
  return date.toLocaleString(undefined, style);
}

export const FINAL = new Set(["succeeded", "failed", "canceled"]);
export const isFinal = (job) => FINAL.has(job.status);

/** The headline over a job. */
export function jobTitle(job) {
  if (job.cancel_requested_at && !isFinal(job)) return "Stopping";
  if (job.finish_requested_at && !isFinal(job)) return "Laying down the brush";
  switch (job.status) {
    case "queued":
      return job.paused_at ? "Paused" : "Waiting for a painter";
    case "starting":
      return "Mixing the colours";
    case "processing":
      return "Painting";
    case "succeeded":
      return job.result?.expired ? "Painted, no longer kept" : "Painted";
    case "canceled":
      return "Stopped";
    default:
      return "Not painted";
  }
}

/** What the painter does at this moment, in one sentence. */
export function jobSentence(job) {
  const { progress, queue } = job;
  if (job.paused_at) return pausedSentence(progress);
  if (job.status === "queued") return waitingSentence(queue || {});
  if (job.status === "starting") return "The pictures are being looked at.";
  if (job.status === "processing" && progress) return progressSentence(progress);
  if (job.status === "processing") return "The first strokes are on their way.";
  if (job.status === "canceled") return cancelSentence(job);
  if (job.status === "succeeded") return successSentence(job);
  return "";
}

function pausedSentence(progress) {
  return progress
    ? `It rests at ${unitOf(progress)} ${progress.step} of ${progress.total_steps} until you let it go on.`
    : "It waits until you let it go on.";
}

function waitingSentence({ position, estimated_start_seconds: start }) {
  if (position === null || position === undefined) return "Its turn will come.";
  const place =
    position === 0 ? "It is next" : `${count(position, "picture")} before it`;
  return start ? `${place}; it starts in about ${duration(start)}.` : `${place}.`;
}

function progressSentence(progress) {
  const {
    step,
    total_steps: total,
    scale,
    total_scales: scales,
    width,
    height,
  } = progress;
  const places = [`${humanName(unitOf(progress))} ${step} of ${total}`];
  if (scales > 1) places.push(`scale ${scale} of ${scales}`);
  if (width) places.push(`at ${width} × ${height}`);
  return `${places.join(", ")}.`;
}

/** "about 9 seconds left", or nothing where nobody knows. */
export function remaining(progress) {
  const eta = progress?.eta_seconds;
  return eta === null || eta === undefined ? "" : `about ${duration(eta)} left`;
}

function cancelSentence(job) {
  return job.cancel_reason === "deadline"
    ? "Its deadline came before the picture was done."
    : "Nothing was kept.";
}

function successSentence(job) {
  const seconds = job.metrics?.predict_seconds;
  if (job.reused_from)
    return "The same picture had been painted before: it is that one.";
  const early = job.result?.stopped_early ? "Kept as it was, before its end." : "";
  const time = seconds ? `It took ${duration(seconds)}.` : "";
  return [early, styleSentence(job.result?.training), time].filter(Boolean).join(" ");
}

/** Whether a style that was learnt can be chosen now, and if not, why. */
function styleSentence(training) {
  if (!training) return "";
  if (training.published) return "The style hangs among the paintings.";
  const why = training.reasons?.length ? `: ${training.reasons.join("; ")}` : "";
  return `The style was not put among the paintings${why}.`;
}
