/**
 * <point-view>: points that are turned by dragging or by the arrow keys, and come nearer
 * by the wheel, two fingers, or + and -.
 */

const VERTEX = `
  attribute vec3 position; attribute vec3 color; varying vec3 shade;
  uniform mat3 turn; uniform float zoom, aspect, size;
  void main() {
    vec3 p = turn * position * zoom;
    float distance = 3.0 - p.z;
    vec2 fitted = p.xy * 2.4 / vec2(max(aspect, 1.0), max(1.0 / aspect, 1.0));
    gl_Position = vec4(fitted, distance - 1.0, distance);
    gl_PointSize = max(1.0, size * zoom / distance);
    shade = color;
  }`;
const FRAGMENT = `
  precision mediump float; varying vec3 shade;
  void main() {
    if (distance(gl_PointCoord, vec2(0.5)) > 0.5) discard;
    gl_FragColor = vec4(shade, 1.0);
  }`;
/** Seen from before and a little above; z is up, as scanners have it. */
const FIRST_TURN = times(rotation(0, -1.1), [1, 0, 0, 0, 1, 0, 0, 0, 1]);
const KEY_STEP = Math.PI / 24;
const KEYS = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};
const ZOOM_STEP = 1.15;

class PointView extends HTMLElement {
  #canvas = document.createElement("canvas");
  #gl = null;
  #points = null;
  #turn = FIRST_TURN;
  #zoom = 1;
  #isDue = false;
  #uniforms = {};
  /** @type {Map<number, {x: number, y: number}>} where the pointers are */
  #pointers = new Map();
  #observer = new ResizeObserver(() => this.#draw());

  connectedCallback() {
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    this.append(this.#canvas);
    this.addEventListener("pointerdown", (event) => this.#hold(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"])
      this.addEventListener(name, ({ pointerId }) => this.#pointers.delete(pointerId));
    this.addEventListener("keydown", (event) => this.#press(event));
    this.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#nearer(ZOOM_STEP ** -Math.sign(event.deltaY));
    });
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    // A browser has few of them, and is slow to notice that one is free.
    this.#gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /**
   * Show points.
   * @param {import("./points.js").Points} points
   * @param {string} label
   * @returns {boolean} false if this browser cannot
   */
  show(points, label) {
    this.setAttribute(
      "aria-label",
      `${label}. The arrow keys turn it, plus and minus bring it nearer or away.`,
    );
    this.#gl = this.#canvas.getContext("webgl");
    if (this.#gl === null) return false;
    this.#points = points;
    this.#prepare(this.#gl);
    this.#draw();
    return true;
  }

  #prepare(gl) {
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.enable(gl.DEPTH_TEST);
    const feed = (name, values, type, isScaled) => {
      const place = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 3, type, isScaled, 0, 0);
    };
    feed("position", this.#points.positions, gl.FLOAT, false);
    feed("color", this.#points.colors, gl.UNSIGNED_BYTE, true);
    for (const name of ["turn", "zoom", "aspect", "size"])
      this.#uniforms[name] = gl.getUniformLocation(program, name);
  }

  /** Draw once before the next frame, however much has changed. */
  #draw() {
    if (this.#isDue || this.#points === null) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#drawNow(this.#gl);
    });
  }

  #drawNow(gl) {
    const { clientWidth: width, clientHeight: height } = this;
    if (!width || !height || gl.isContextLost()) return;
    const [w, h] = [width, height].map((each) => Math.round(devicePixelRatio * each));
    [this.#canvas.width, this.#canvas.height] = [w, h];
    const count = this.#points.positions.length / 3;
    gl.viewport(0, 0, w, h);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.uniformMatrix3fv(this.#uniforms.turn, false, this.#turn);
    gl.uniform1f(this.#uniforms.zoom, this.#zoom);
    gl.uniform1f(this.#uniforms.aspect, w / h);
    // So large that as many as there are close a surface.
    gl.uniform1f(this.#uniforms.size, (6 * Math.min(w, h)) / Math.sqrt(count));
    gl.drawArrays(gl.POINTS, 0, count);
  }

  #hold(event) {
    event.preventDefault();
    this.focus();
    this.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #move({ pointerId, clientX: x, clientY: y }) {
    const before = this.#pointers.get(pointerId);
    if (!before) return;
    const [other] = [...this.#pointers].filter(([id]) => id !== pointerId);
    if (other) this.#nearer(apart({ x, y }, other[1]) / apart(before, other[1]));
    else {
      const scale = Math.PI / Math.min(this.clientWidth, this.clientHeight);
      this.#turnBy(scale * (x - before.x), scale * (y - before.y));
    }
    this.#pointers.set(pointerId, { x, y });
  }

  #press(event) {
    if (event.key in KEYS) this.#turnBy(...KEYS[event.key]);
    else if (event.key === "+" || event.key === "=") this.#nearer(ZOOM_STEP);
    else if (event.key === "-") this.#nearer(1 / ZOOM_STEP);
    else return;
    event.preventDefault();
  }

  #turnBy(across, down) {
    this.#turn = times(rotation(across, down), this.#turn);
    this.#draw();
  }

  #nearer(factor) {
    this.#zoom = Math.min(2.5, Math.max(0.2, this.#zoom * factor));
    this.#draw();
  }
}

const apart = (one, other) => Math.hypot(one.x - other.x, one.y - other.y) || 1;

/** The turn about the upright axis, then about the level one; columns one after another. */
function rotation(across, down) {
  const [c, s, d, t] = [
    ...[Math.cos(across), Math.sin(across)],
    ...[Math.cos(down), Math.sin(down)],
  ];
  return [c, s * t, -s * d, 0, d, t, s, -c * t, c * d];
}

/** The product of two matrices, by columns. */
function times(one, other) {
  const at = (column, row) =>
    [0, 1, 2].reduce((sum, k) => sum + one[3 * k + row] * other[3 * column + k], 0);
  return [0, 1, 2].flatMap((column) => [0, 1, 2].map((row) => at(column, row)));
}

customElements.define("point-view", PointView);

/**
 * Return a view of points.
 * @param {import("./points.js").Points} points
 * @param {string} label
 * @returns {Element | null} null if this browser cannot show it
 */
export function viewOf(points, label) {
  const view = document.createElement("point-view");
  return view.show(points, label) ? view : null;
}
