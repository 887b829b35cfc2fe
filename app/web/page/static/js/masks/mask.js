/**
 * Where one painting goes: a canvas whose opacity is the mask, in one colour, so that it
 * can lie over the picture as it is. Places are fractions of its width and height.
 */

const LONG_SIDE_PX = 1024;
/** One for each painting; six digits, for a print adds its opacity. */
const COLORS = ["#e2482d", "#2f7de1", "#3fae49", "#e0a100"];
const MOST_STEPS_BACK = 20;
/** Of 255. */
const LEAST_OPACITY = 16;

/**
 * @typedef {object} Brush
 * @property {number} radius as a fraction of the longer side
 * @property {number} hardness 0 (soft from the middle on) to 1
 * @property {boolean} isErasing
 */

export class Mask {
  #context;
  #color;
  /** @type {HTMLCanvasElement[]} */
  #past = [];

  /**
   * @param {{width: number, height: number}} shape of the picture
   * @param {string} color that it is shown in
   */
  constructor({ width, height }, color) {
    const scale = Math.min(1, LONG_SIDE_PX / Math.max(width, height));
    const side = (length) => Math.max(1, Math.round(scale * length));
    this.canvas = blankCanvas(side(width), side(height));
    this.#context = contextOf(this.canvas);
    this.#color = color;
  }

  get color() {
    return this.#color;
  }

  /** Which part of the picture it covers, 0 to 1. */
  get share() {
    const { data } = this.#pixels();
    let sum = 0;
    for (let i = 3; i < data.length; i += 4) sum += data[i];
    return sum / (255 * (data.length / 4));
  }

  /** Whether nothing of it can be seen; a soft eraser leaves a trace. */
  get isEmpty() {
    return this.#pixels().data.every((value, i) => i % 4 < 3 || value < LEAST_OPACITY);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  /** Begin a change that can be taken back as a whole. */
  keep() {
    const copy = blankCanvas(this.canvas.width, this.canvas.height);
    copy.getContext("2d").drawImage(this.canvas, 0, 0);
    this.#past.push(copy);
    if (this.#past.length > MOST_STEPS_BACK) this.#past.shift();
  }

  undo() {
    const past = this.#past.pop();
    if (!past) return;
    this.clear();
    this.#context.drawImage(past, 0, 0);
  }

  clear() {
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Draw from one place to another; they may be the same. */
  stroke(from, to, brush) {
    const { width, height } = this.canvas;
    const radius = Math.max(0.5, brush.radius * Math.max(width, height));
    const [dx, dy] = [(to.x - from.x) * width, (to.y - from.y) * height];
    // Prints so near to each other look like one line.
    const prints = Math.max(1, Math.ceil(Math.hypot(dx, dy) / (radius / 4)));
    for (let i = 1; i <= prints; i += 1)
      this.#print(
        from.x * width + (dx * i) / prints,
        from.y * height + (dy * i) / prints,
        radius,
        brush,
      );
  }

  /** Fill or empty a rectangle. */
  fill({ left, top, right, bottom }, isErasing) {
    const { width, height } = this.canvas;
    this.#draw(isErasing, (context) => {
      context.fillStyle = this.#color;
      const size = [(right - left) * width, (bottom - top) * height];
      context.fillRect(left * width, top * height, ...size);
    });
  }

  /** Take in a picture: white is there, black and what is transparent are not. */
  async load(blob) {
    const bitmap = await createImageBitmap(blob);
    const { width, height } = this.canvas;
    const read = contextOf(blankCanvas(width, height));
    read.fillRect(0, 0, width, height);
    read.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const lightness = read.getImageData(0, 0, width, height).data;
    this.clear();
    this.fill({ left: 0, top: 0, right: 1, bottom: 1 }, false);
    const pixels = this.#pixels();
    for (let i = 0; i < lightness.length; i += 4)
      pixels.data[i + 3] = (lightness[i] + lightness[i + 1] + lightness[i + 2]) / 3;
    this.#context.putImageData(pixels, 0, 0);
  }

  /** Return it as the service wants it: a PNG, white on black. */
  toBlob() {
    const { width, height } = this.canvas;
    const canvas = blankCanvas(width, height);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-in";
    context.drawImage(this.canvas, 0, 0);
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "black";
    context.fillRect(0, 0, width, height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #print(x, y, radius, { hardness, isErasing }) {
    this.#draw(isErasing, (context) => {
      const gradient = context.createRadialGradient(x, y, 0, x, y, radius);
      // At 1 both stops would be one place, and the edge a staircase.
      gradient.addColorStop(Math.min(hardness, 1 - 1 / (radius + 1)), this.#color);
      gradient.addColorStop(1, `${this.#color}00`);
      context.fillStyle = gradient;
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    });
  }

  #draw(isErasing, act) {
    const mode = isErasing ? "destination-out" : "source-over";
    this.#context.globalCompositeOperation = mode;
    act(this.#context);
    this.#context.globalCompositeOperation = "source-over";
  }

  #pixels() {
    return this.#context.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }
}

/**
 * Return the mask of a painting, a new one if it has none yet.
 * @param {Map<string, Mask>} masks by the keys of paintings
 * @param {string} key
 * @param {{width: number, height: number}} shape of the picture
 */
export function maskOf(masks, key, shape) {
  if (!masks.has(key)) {
    const taken = [...masks.values()].map(({ color }) => color);
    const color = COLORS.find((each) => !taken.includes(each)) ?? COLORS[0];
    masks.set(key, new Mask(shape, color));
  }
  return masks.get(key);
}

function blankCanvas(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return canvas;
}

const contextOf = (canvas) => canvas.getContext("2d", { willReadFrequently: true });
