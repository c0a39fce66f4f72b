/* The finished proposal: its rows are accepted as they are, one by one or all but the exceptions, and what is still to look at is shown
   alone; taken back like every other step. */
kam.grid.Review = class {
  constructor(grid) {
    this.grid = grid;
    this.words = grid.setup.words;
    this.box = grid.root.querySelector("[data-review]");
    this.box.addEventListener("change", () => this.only(this.box.checked));
    this.count();
  }

  get left() { return this.grid.store.lines.filter((line) => line.review === "open").length; }

  count() {
    const { left } = this;
    this.grid.root.querySelector("[data-left]").textContent = this.grid.numbers.write(left);
    const button = this.grid.root.querySelector("[data-do=rest]");
    if (button) button.disabled = !left;
  }

  only(on) {
    this.box.checked = on;
    this.grid.view.only = on ? "open" : "";
    this.grid.view.rearrange();
  }

  /* The rows that are selected, exceptions too. */
  chosen() {
    const { top, bottom } = this.grid.view.area();
    const lines = new Set();
    for (const node of this.grid.view.nodes.slice(top, bottom + 1)) for (const line of node.group ? node.lines : [node]) if (line.review === "open") lines.add(line.id);
    if (!lines.size) { this.grid.tell(this.words.nothing_to_accept, true); return; }
    this.send("accept-rest", [...lines]);
  }

  async rest() {
    const lines = await this.send("accept-rest");
    if (lines && this.left) this.only(true);
  }

  /* A step of rows that were accepted, taken back or done again. */
  async turn(step, back) {
    if (!(await this.send(back ? "look-again" : "accept-rest", step.accepted, false))) return;
    const { done, undone } = this.grid.store;
    (back ? done : undone).pop();
    (back ? undone : done).push(step);
  }

  async send(verb, lines = null, step = true) {
    const { grid } = this;
    if (!grid.writable) { grid.tell(this.words.locked, true); return null; }
    if (grid.saving.count()) await grid.saving.send();
    const text = JSON.stringify(lines ? { lines } : {});
    /* Asked again after a lost answer it is the same step, and happens once. */
    if (this.asked?.text !== verb + text) this.asked = { text: verb + text, name: grid.saving.name() };
    const answer = await grid.saving.call(`budgets/${grid.setup.budget}/${verb}/`, { method: "POST", body: text, headers: { "Idempotency-Key": this.asked.name } }).catch(() => null);
    const body = answer ? await answer.json().catch(() => ({})) : {};
    if (answer && !grid.saving.unsure(answer, body)) this.asked = null;
    if (!answer?.ok) { grid.tell(answer ? body.detail || kam.say("failed") : kam.say("offline"), true); return null; }
    for (const id of body.lines) {
      const line = grid.store.byKey.get(id);
      if (line) Object.assign(line, { review: verb === "accept-rest" ? "accepted" : "open", stamp: (line.stamp || 0) + 1 });
    }
    if (step && body.lines.length) { grid.store.done.push({ accepted: body.lines }); grid.store.undone.length = 0; }
    this.count();
    grid.view.changed();
    const said = (verb === "accept-rest" ? this.words.accepted : this.words.opened).replace("%(count)s", body.lines.length);
    grid.tell(`${said} ${this.words.left.replace("%(count)s", this.left)}`);
    return body.lines;
  }
};
