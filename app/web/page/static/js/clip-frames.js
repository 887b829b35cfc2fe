/** Single frames of a clip that the page has, to be compared with what was made of them. */

export class ClipFrames {
  #video = document.createElement("video");
  #ready;
  #rate;
  #startSeconds;
  #turn = 0;
  #url = null;

  /**
   * @param {Blob} clip
   * @param {object} job says how many frames a second it has, and where it is begun
   */
  constructor(clip, { input, params }) {
    const [frames, seconds = 1] = input.content.frame_rate.split("/").map(Number);
    this.#rate = frames / seconds;
    this.#startSeconds = params.start_seconds ?? 0;
    this.#video.muted = true;
    this.#ready = new Promise((resolve) => {
      this.#video.onloadeddata = () => resolve(true);
      this.#video.onerror = () => resolve(false);
    });
    this.#video.src = URL.createObjectURL(clip);
  }

  /**
   * Return the address of a frame as a picture.
   * @param {number} number from 1; frames are taken for equally long
   * @returns {Promise<string | null>} null if this browser cannot show it, or if another
   *   one was asked for meanwhile; it holds until then
   */
  async at(number) {
    const turn = ++this.#turn;
    if (!(await this.#ready) || turn !== this.#turn) return null;
    const sought = new Promise((resolve) =>
      this.#video.addEventListener("seeked", resolve, { once: true }),
    );
    this.#video.currentTime = this.#startSeconds + (number - 0.5) / this.#rate;
    await sought;
    if (turn !== this.#turn) return null;
    const blob = await pictureOf(this.#video);
    if (!blob || turn !== this.#turn) return null;
    URL.revokeObjectURL(this.#url);
    this.#url = URL.createObjectURL(blob);
    return this.#url;
  }

  /** Give back what is held. */
  close() {
    this.#turn += 1;
    URL.revokeObjectURL(this.#url);
    URL.revokeObjectURL(this.#video.src);
    this.#video.removeAttribute("src");
  }
}

function pictureOf(video) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve));
}
