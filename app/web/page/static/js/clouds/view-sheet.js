/** What each camera of a cloud would see, before anything is painted. */

import { byId, element, tell } from "../dom.js";
import { sheetDialog } from "../sheet-dialog.js";
import { count } from "../words.js";

export class ViewSheet {
  #composer;
  #note = element("p", { class: "hint", role: "status" });
  #grid = element("div", { class: "sheet-grid" });
  #button = element(
    "button",
    { type: "button", class: "button", id: "show-views", hidden: true },
    "See what the cameras see",
  );
  #dialog = sheetDialog("views", "What the cameras see", this.#note, this.#grid);

  constructor(composer) {
    this.#composer = composer;
    byId("estimate").after(this.#button);
    document.body.append(this.#dialog);
    this.#button.addEventListener("click", () => this.#open());
    composer.addEventListener("changed", () => {
      const { photograph, drawsViews } = composer.asked;
      this.#button.hidden = !photograph || !drawsViews;
    });
  }

  async #open() {
    this.#button.disabled = true;
    const views = await this.#composer.survey();
    this.#button.disabled = false;
    if (!views) return;
    this.#grid.replaceChildren(...views.map(picture));
    tell(
      this.#note,
      views.length
        ? `${count(views.length, "view")}. If they lie on their side, say under “More controls” which way is up.`
        : "They could not be drawn; the cloud can be painted all the same.",
    );
    this.#dialog.showModal();
  }
}

const picture = (src, number) =>
  element("img", { src, alt: `View ${number + 1}`, class: "sheet-view" });
