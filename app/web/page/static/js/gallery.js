/**
 * The paintings to choose from: the service's own, and those that people bring.
 *
 * One is chosen like a radio button; with "mix several" they are check boxes, up to the
 * service's limit, each with its share. Fires `change`.
 */

import { byId, element, tell } from "./dom.js";
import { fileAmong, measure } from "./pictures.js";
import { ifThere, locate, requestJson } from "./service.js";

const MOST = 4;

/**
 * @typedef {object} Painting
 * @property {string} key unique on this page
 * @property {string} title
 * @property {string} [about] by whom, when
 * @property {string} [styleId] if it is the service's
 * @property {File} [file] if it was brought
 * @property {string} address of its picture
 * @property {boolean} isPaintable whether it is a painting and not a network alone
 * @property {number} weight its share in a mixture
 */

export class Gallery extends EventTarget {
  /** @type {Painting[]} */
  #paintings = [];
  /** @type {string[]} keys, in the order in which they were chosen */
  #chosen = [];
  #most = MOST;
  #brought = 0;

  constructor() {
    super();
    byId("mix").addEventListener("change", () => this.#setMixing(byId("mix").checked));
    this.#watchDrops(byId("gallery"));
    this.#hang();
  }

  /** So many may be chosen. */
  set most(number) {
    this.#most = number;
    byId("mix-switch").hidden = number < 2;
    if (number < this.#chosen.length) {
      this.#chosen = this.#chosen.slice(-number);
      byId("mix").checked = number > 1;
    }
    if (number < 2 && this.#isMixing) this.#setMixing(false);
    else this.#changed();
  }

  /** The paintings chosen, with their shares. */
  get chosen() {
    return this.#chosen.map((key) => this.#find(key));
  }

  /** All paintings that hang here. */
  get all() {
    return [...this.#paintings];
  }

  /** Fetch the service's paintings that do not hang yet; there may be none. */
  async load() {
    let cursor = null;
    do {
      const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const page = await ifThere(requestJson(`v1/styles?limit=100${query}`));
      const fresh = (page?.data ?? []).filter(({ id }) => !this.#find(id));
      this.#paintings.push(...fresh.map(fromService));
      cursor = page?.next_cursor ?? null;
    } while (cursor);
    if (!this.#chosen.length && this.#paintings.length)
      this.#chosen = [this.#paintings[0].key];
    this.#hang();
  }

  /** Hang up a painting that somebody brought, and choose it. */
  async bring(file, weight = 1) {
    const size = await measure(file);
    const key = `own-${++this.#brought}`;
    const title = file.name.replace(/\.\w+$/, "") || "Your painting";
    this.#paintings.unshift({
      key,
      title,
      about: "your own",
      file,
      address: size?.url ?? "",
      isPaintable: true,
      weight,
    });
    this.#hang();
    this.#choose(key, true);
  }

  /**
   * Choose exactly these.
   * @param {{styleId?: string, file?: File, weight: number}[]} wanted
   */
  async chooseOnly(wanted) {
    this.#chosen = [];
    this.#setMixing(wanted.length > 1);
    for (const { styleId, file, weight } of wanted) {
      const known = this.#paintings.find((each) =>
        file ? each.file === file : each.styleId === styleId,
      );
      if (known) {
        known.weight = weight;
        this.#choose(known.key, true);
      } else if (file) await this.bring(file, weight);
    }
    this.#changed();
  }

  get #isMixing() {
    return byId("mix").checked;
  }

  #find(key) {
    return this.#paintings.find((each) => each.key === key);
  }

  #setMixing(is) {
    byId("mix").checked = is;
    if (!is) this.#chosen = this.#chosen.slice(-1);
    this.#hang();
  }

  #choose(key, isChosen) {
    const others = this.#chosen.filter((each) => each !== key);
    if (!this.#isMixing) this.#chosen = [key];
    else this.#chosen = isChosen ? [...others, key].slice(-this.#most) : others;
    this.#changed();
  }

  /** Hang the paintings up anew: there are others, or they are chosen another way. */
  #hang() {
    const cards = this.#paintings.map((each) => this.#card(each));
    byId("gallery").replaceChildren(this.#bringCard(), ...cards);
    this.#changed();
  }

  #changed() {
    for (const input of byId("gallery").querySelectorAll("[data-key]"))
      input.checked = this.#chosen.includes(input.dataset.key);
    this.#drawNote();
    this.#drawWeights();
    this.dispatchEvent(new Event("change"));
  }

  #bringCard() {
    const input = element("input", {
      type: "file",
      class: "visually-hidden",
      id: "style-file",
      "data-field": "style",
      // By the ending, too: not every system knows what a HEIC is.
      accept:
        "image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,.avif,.heic,.heif,.hif",
      onchange: () => input.files[0] && this.bring(input.files[0]),
    });
    const text = element("span", { class: "card-bring-text" }, "Your own");
    return element("label", { class: "card card-bring" }, input, text);
  }

  #card(painting) {
    const input = element("input", {
      type: this.#isMixing ? "checkbox" : "radio",
      name: "painting",
      class: "visually-hidden",
      "data-key": painting.key,
      onchange: () => this.#choose(painting.key, input.checked),
    });
    const picture = painting.image ?? (painting.image = pictureOf(painting));
    const name = element("span", { class: "visually-hidden" }, describe(painting));
    return element(
      "label",
      { class: "card", title: describe(painting) },
      input,
      picture,
      name,
    );
  }

  #drawNote() {
    const names = this.chosen.map((each) =>
      this.#chosen.length > 1 ? each.title : describe(each),
    );
    const isEmpty = this.#paintings.length === 0;
    const none = isEmpty
      ? "Bring a painting: any picture whose hand you like."
      : "Choose a painting.";
    const full =
      this.#isMixing && this.#chosen.length >= this.#most
        ? ` At most ${this.#most} mix; another takes the first one's place.`
        : "";
    tell(byId("gallery-note"), names.length ? names.join(", ") + "." + full : none);
  }

  #drawWeights() {
    const box = byId("weights");
    box.hidden = this.#chosen.length < 2;
    box.replaceChildren(
      ...(box.hidden ? [] : this.chosen.map((each) => this.#weightSlider(each))),
    );
  }

  #weightSlider(painting) {
    const value = element("output", {}, painting.weight.toFixed(1));
    const slider = element("input", {
      type: "range",
      id: `weight-${painting.key}`,
      min: 0.1,
      max: Math.max(3, painting.weight),
      step: 0.1,
      value: painting.weight,
      oninput: () => {
        painting.weight = Number(slider.value);
        value.textContent = painting.weight.toFixed(1);
        this.#changed();
      },
    });
    // Not around them: a label would go to the output, which comes first.
    const name = element(
      "label",
      { class: "field-name", for: slider.id },
      painting.title,
    );
    return element("div", { class: "field slider" }, name, value, slider);
  }

  #watchDrops(wall) {
    wall.addEventListener("dragover", () => wall.classList.add("is-dropping"));
    wall.addEventListener("dragleave", () => wall.classList.remove("is-dropping"));
    wall.addEventListener("drop", (event) => {
      event.preventDefault();
      wall.classList.remove("is-dropping");
      const file = fileAmong(event.dataTransfer);
      if (file) this.bring(file);
    });
  }
}

function fromService(style) {
  return {
    key: style.id,
    styleId: style.id,
    title: style.title || style.id,
    about: style.artist || (style.paintable === false ? "only at once" : ""),
    isPaintable: style.paintable !== false,
    address:
      style.thumbnail_url ||
      style.image_url ||
      `v1/styles/${encodeURIComponent(style.id)}/image`,
    weight: 1,
  };
}

const describe = ({ title, about }) => (about ? `${title} – ${about}` : title);

function pictureOf({ address }) {
  const src = address.startsWith("blob:") || !address ? address : locate(address).href;
  return element("img", {
    src,
    alt: "",
    loading: "lazy",
    decoding: "async",
    draggable: "false",
  });
}
