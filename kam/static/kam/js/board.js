/* A board: a card is dragged to another column, or moved by its own field; where the stage asks for something, its page opens. */
document.addEventListener("alpine:init", () => {
  Alpine.data("board", () => ({
    init() {
      const board = this.$root;
      let held = null;
      const column = (event) => event.target.closest("[data-stage]");
      const clear = () => board.querySelectorAll(".k-over").forEach((one) => one.classList.remove("k-over"));
      board.addEventListener("dragstart", (event) => {
        held = event.target.closest("[data-move]");
        if (!held) return;
        held.classList.add("k-dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", held.dataset.move);
      });
      board.addEventListener("dragover", (event) => {
        if (!held || !column(event)) return;
        event.preventDefault();
        clear();
        column(event).classList.add("k-over");
      });
      board.addEventListener("dragend", () => { if (held) held.classList.remove("k-dragged"); held = null; clear(); });
      board.addEventListener("drop", (event) => {
        const target = column(event);
        if (!held || !target) return;
        event.preventDefault();
        if (held.closest("[data-stage]") !== target) this.move(held, target.dataset.stage);
      });
      board.addEventListener("change", (event) => {
        const field = event.target.closest("[data-stages]");
        if (field) this.move(field.closest("[data-move]"), field.value);
      });
    },

    /* What is refused (evidence is missing, somebody else was faster) is asked on the page of the step itself. */
    move(card, stage) {
      const body = new URLSearchParams({ stage, version: card.dataset.version });
      const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "Content-Type": "application/x-www-form-urlencoded" };
      fetch(card.dataset.move, { method: "POST", body, headers, redirect: "manual" })
        .then((answer) => {
          if (answer.type === "opaqueredirect") location.reload();
          else location.assign(`${card.dataset.move}?stage=${encodeURIComponent(stage)}`);
        })
        .catch(() => kam.toast(kam.say("offline"), "error"));
    },
  }));
});
