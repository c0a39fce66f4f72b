/* Keeps what is typed in a form on this device until it is saved, and says so before the page is left. */
(() => {
  const AGE = 7 * 24 * 3600 * 1000;
  const prefix = () => `kam-draft:${document.body.dataset.user || ""}:`;
  const kept = (field) => field.name && !field.disabled && !["hidden", "file", "password", "submit", "button"].includes(field.type) && field.name !== "csrfmiddlewaretoken";
  const state = (form) => [...form.elements].filter(kept).map((field) => [field.name, field.type === "checkbox" || field.type === "radio" ? (field.checked ? field.value : null) : field.multiple ? [...field.selectedOptions].map((option) => option.value) : field.value]);

  const restore = (form, values) => {
    const fields = [...form.elements].filter(kept);
    values.forEach(([name, value], at) => {
      const field = fields[at];
      if (!field || field.name !== name) return;
      if (field.type === "checkbox" || field.type === "radio") field.checked = value !== null;
      else if (field.tomselect) field.tomselect.setValue(value, true);
      else if (field.multiple) [...field.options].forEach((option) => { option.selected = (value || []).includes(option.value); });
      else field.value = value ?? "";
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  const offer = (form, key, values, before) => {
    const bar = document.createElement("div");
    bar.className = "k-back";
    bar.setAttribute("role", "status");
    const words = document.createElement("span");
    words.textContent = kam.say("draft");
    const discard = document.createElement("button");
    discard.type = "button";
    discard.className = "btn btn-sm";
    discard.textContent = kam.say("discard");
    discard.addEventListener("click", () => { restore(form, before); kam.store.drop(key); bar.remove(); });
    bar.append(words, discard);
    form.prepend(bar);
    restore(form, values);
  };

  const watch = (form) => {
    const key = prefix() + form.dataset.draft;
    const version = form.dataset.version || "";
    const untouched = state(form);
    const plain = JSON.stringify(untouched);
    let saving = false;
    const dirty = () => !saving && JSON.stringify(state(form)) !== plain;
    const found = kam.store.read(key);
    const refused = form.querySelector(".k-errors");
    if (found && !refused && Date.now() - found.at < AGE && JSON.stringify(found.values) !== plain) offer(form, key, found.values, untouched);
    let timer = null;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => (dirty() ? kam.store.write(key, { at: Date.now(), version, values: state(form) }) : kam.store.drop(key)), 250);
    });
    form.addEventListener("submit", (event) => {
      if (!navigator.onLine && !form.dataset.reached) {
        event.preventDefault();
        const { submitter } = event;
        kam.reachable().then((yes) => {
          if (!yes) { kam.toast(kam.say("offline"), "error"); return; }
          form.dataset.reached = "1";
          form.requestSubmit(submitter);
          delete form.dataset.reached;
        });
        return;
      }
      kam.store.write(key, { at: Date.now(), version, values: state(form), sent: true });
      sessionStorage.setItem("kam-sent", key);
      saving = true;
    });
    form.addEventListener("kam:kept", () => { saving = true; clearTimeout(timer); kam.store.drop(key); });
    form.querySelectorAll("[data-cancel]").forEach((cancel) => cancel.addEventListener("click", () => { saving = true; kam.store.drop(key); }));
    window.addEventListener("beforeunload", (event) => { if (dirty()) { event.preventDefault(); event.returnValue = kam.say("unsaved"); } });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const forms = [...document.querySelectorAll("form[data-draft]")];
    const sent = sessionStorage.getItem("kam-sent");
    const path = location.pathname;
    /* The server took it: another page answered, and it is neither the form again nor the log-in. */
    if (sent && document.body.dataset.user && !forms.some((form) => prefix() + form.dataset.draft === sent)) kam.store.drop(sent);
    if (document.body.dataset.user && !path.startsWith("/accounts/")) sessionStorage.removeItem("kam-sent");
    setTimeout(() => forms.forEach(watch), 0);
    kam.store.keys().filter((key) => key.startsWith("kam-draft:")).forEach((key) => { const old = kam.store.read(key); if (!old || Date.now() - old.at > AGE) kam.store.drop(key); });
  });

  /* While KAM is out of reach a bar says so; where the browser sees no network at all, KAM is asked now and then. */
  const AGAIN = 5000;
  let asking = null;
  const connection = async () => {
    clearTimeout(asking);
    const here = navigator.onLine || (await kam.reachable());
    let bar = document.getElementById("offline");
    if (here) { if (bar) { bar.remove(); kam.toast(kam.say("online")); } return; }
    asking = setTimeout(connection, AGAIN);
    if (bar) return;
    bar = document.createElement("div");
    bar.id = "offline";
    bar.className = "k-offline";
    bar.setAttribute("role", "status");
    bar.textContent = kam.say("offline");
    document.getElementById("main").prepend(bar);
  };
  window.addEventListener("online", connection);
  window.addEventListener("offline", connection);
})();
