/* Form fields: choices with search, the calendar, the first error gets the focus, files by drag and drop. */
(() => {
  const choices = (root) => root.querySelectorAll("select[data-choice]").forEach((select) => {
    if (select.tomselect || typeof TomSelect === "undefined") return;
    const remote = select.dataset.choice;
    const options = {
      plugins: select.multiple ? { remove_button: { title: kam.say("remove") } } : {},
      maxOptions: 200,
      allowEmptyOption: false,
      render: { no_results: () => { const none = document.createElement("div"); none.className = "no-results"; none.textContent = kam.say("no_results"); return none; } },
    };
    if (remote) {
      Object.assign(options, { valueField: "id", labelField: "text", searchField: [], loadThrottle: 200, shouldLoad: (text) => text.length > 1 });
      options.load = (text, done) => fetch(`${remote}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : { results: [] })).then((body) => done(body.results)).catch(() => done());
    }
    const label = document.querySelector(`label[for="${select.id}"]`);
    const made = new TomSelect(select, options);
    if (label) made.control_input.setAttribute("aria-label", label.textContent.replace("*", "").trim());
    /* A screen reader meets the field with search alone; what it describes goes with it. */
    select.setAttribute("aria-hidden", "true");
    ["aria-describedby", "aria-invalid", "aria-required"].forEach((name) => { if (select.hasAttribute(name)) made.control_input.setAttribute(name, select.getAttribute(name)); });
  });

  /* A day typed as 2026-11-26 is that day in every language; else it is as the reader's language writes it. */
  const ISO = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}).*)?\s*$/;
  const readDay = (text, format) => {
    const [, year, month, day, hour, minute] = ISO.exec(text) || [];
    if (!year) return (format.startsWith("Y") ? /\d{4}/ : /\d/).test(text) ? flatpickr.parseDate(text, format) : undefined;
    const found = new Date(year, month - 1, day, hour || 0, minute || 0);
    return found.getDate() === Number(day) && found.getMonth() === month - 1 ? found : undefined;
  };

  const calendars = (root) => root.querySelectorAll("input[data-date]").forEach((input) => {
    if (input._flatpickr || typeof flatpickr === "undefined") return;
    const time = input.dataset.time === "1";
    let unread = "";
    const restore = () => { if (unread && !input.value) input.value = unread; unread = ""; };
    flatpickr(input, {
      dateFormat: input.dataset.date || "Y-m-d",
      enableTime: time,
      time_24hr: true,
      allowInput: true,
      disableMobile: true,
      clickOpens: !matchMedia("(pointer: coarse)").matches || true,
      locale: flatpickr.l10ns[input.dataset.language] || { firstDayOfWeek: 1 },
      parseDate: readDay,
      /* What cannot be read stays as it was typed: the server says what is wrong with it. */
      errorHandler: () => { unread = input.value; },
      onValueUpdate: restore,
      onClose: restore,
      onReady: (_days, _text, picker) => { picker.calendarContainer.setAttribute("aria-hidden", "true"); },
    });
    const typed = input.getAttribute("value");
    if (typed && !input.value) input.value = typed;
  });

  /* Of two files the heads are in the one whose own number, its first column, the other names further on; else in the one with
     fewer rows, and where rows cannot be counted here, in the smaller one. */
  const readIn = async (file) => {
    const lines = /\.(csv|txt)$/i.test(file.name) ? (await file.text()).split("\n") : [];
    const headers = (lines[0] || "").replace("\ufeff", "").split(/[,;|\t]/).map((header) => header.replace(/["\r]/g, "").trim().toLowerCase());
    return { file, rows: lines.length, headers };
  };
  const names = (one, other) => one.headers.indexOf(other.headers[0]) > 0;
  const takeTwo = async (pair, files) => {
    const [one, other] = await Promise.all([...files].map(readIn));
    const known = one.rows && other.rows;
    const told = Number(names(other, one)) - Number(names(one, other));
    const swapped = (known && (told || other.rows - one.rows)) || other.file.size - one.file.size;
    const sorted = swapped > 0 ? [other.file, one.file] : [one.file, other.file];
    pair.querySelectorAll("input[type=file]").forEach((input, place) => {
      const given = new DataTransfer();
      given.items.add(sorted[place]);
      input.files = given.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  const dropZones = (root) => root.querySelectorAll("[data-drop-zone]").forEach((zone) => {
    if (zone.dataset.ready) return;
    zone.dataset.ready = "1";
    const input = zone.querySelector("input[type=file]");
    const over = (state) => (event) => { event.preventDefault(); zone.classList.toggle("over", state); };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      if (zone.closest("[data-two-files]") && event.dataTransfer.files.length === 2) { takeTwo(zone.closest("[data-two-files]"), event.dataTransfer.files); return; }
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    input.addEventListener("change", () => { if (input.files.length && zone.dataset.dropZone === "now") zone.closest("form").requestSubmit(); });
  });

  /* A file over the limit is refused before a byte of it is sent; the rest of what was typed stays. */
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.most) return;
    if ([...input.files].some((file) => file.size > Number(input.dataset.most))) {
      input.value = "";
      kam.toast(input.dataset.tooLarge, "error");
    }
  }, true);

  /* Filters that are empty do not stand in the address. */
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest && event.detail.elt.closest("form[method=get]");
    if (!form || form.getAttribute("role") === "search" && form.classList.contains("k-palette-field")) return;
    for (const [name, value] of Object.entries(event.detail.parameters)) if (value === "" || value === "unknown") delete event.detail.parameters[name];
  });

  /* The list of errors leads to each field, wherever its input is. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".k-errors a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    if (field.tomselect) field.tomselect.focus();
    else (field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea") || field).focus();
  });

  const ready = (root) => { choices(root); calendars(root); dropZones(root); };
  document.addEventListener("DOMContentLoaded", () => {
    ready(document);
    const wrong = document.querySelector("[data-focus]");
    if (wrong) wrong.focus();
  });
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
})();
