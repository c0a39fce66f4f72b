/* Reports of visits that wait on this device: kept before they are sent, sent by themselves when the network is back, never twice. */
(() => {
  const user = document.body.dataset.user || "";
  const CACHE = "kam-visit";
  const form = document.querySelector("form[data-keep]");

  /* The store of this device: one row a report, with its photos. */
  const store = (mode, work) => new Promise((resolve, reject) => {
    const open = indexedDB.open("kam-reports", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("reports", { keyPath: "key" });
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const transaction = open.result.transaction("reports", mode);
      const request = work(transaction.objectStore("reports"));
      transaction.oncomplete = () => { open.result.close(); resolve(request.result); };
      transaction.onabort = () => { open.result.close(); reject(transaction.error); };
    };
  });
  const keep = (report) => store("readwrite", (reports) => reports.put(report));
  const drop = (key) => store("readwrite", (reports) => reports.delete(key));
  const waiting = async () => (await store("readonly", (reports) => reports.getAll())).filter((report) => report.user === user).sort((one, other) => one.at - other.at);

  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
  };
  const clock = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" }).format(at);
  const token = () => { const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/); return found ? found[1] : ""; };

  /* "sent" with the address of the activity, "refused" by the server's form, "login" where the session has ended, "away" without a network. */
  const send = async (report) => {
    const body = new FormData();
    report.pairs.forEach(([name, value, file]) => (file ? body.append(name, value, file) : body.append(name, value)));
    let answer;
    try {
      answer = await fetch("/activities/new/", { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Kept-Report": "1" }, credentials: "same-origin" });
    } catch { return { state: "away" }; }
    const path = new URL(answer.url).pathname;
    if (path.startsWith("/accounts/")) return { state: "login" };
    if (answer.ok && /^\/activities\/\d+\/$/.test(path)) return { state: "sent", address: path };
    if (answer.status === 422 || answer.status === 403) return { state: answer.status === 422 ? "refused" : "login" };
    return { state: "away" };
  };

  const bar = () => {
    let found = document.querySelector("[data-kept]");
    if (!found) {
      found = document.createElement("div");
      found.className = "k-kept";
      found.dataset.kept = "";
      found.setAttribute("role", "status");
      document.getElementById("main").prepend(found);
    }
    return found;
  };
  const say = (strong, text, fault = false, action = null) => {
    const box = bar();
    const words = document.createElement("span");
    const bold = document.createElement("b");
    bold.textContent = strong;
    words.append(bold, ` ${text}`);
    box.replaceChildren(words);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = action.text;
      button.addEventListener("click", action.run);
      box.append(button);
    }
    box.classList.toggle("k-kept-fault", fault);
    box.hidden = false;
  };
  const quiet = () => { const box = document.querySelector("[data-kept]"); if (box) box.hidden = true; };

  const show = (reports) => {
    later(reports);
    if (!reports.length) { quiet(); return; }
    const refused = reports.find((report) => report.refused);
    if (refused) {
      say(kam.say("kept_refused"), refused.title, true, { text: kam.say("kept_open"), run: () => reopen(refused) });
      return;
    }
    const last = reports[reports.length - 1];
    say(kam.say(last.login ? "kept_login" : "no_network"), kam.say(reports.length > 1 ? "kept_many" : "kept_one", { time: clock(last.at), count: reports.length }));
  };

  /* What waits is tried again by itself, ever less often: not every device says when its network is back. */
  const SOON = 5000, SELDOM = 120000;
  let busy = null, pause = SOON, timer = null;
  const flush = () => { busy = busy || sendAll().finally(() => { busy = null; }); return busy; };
  const later = (reports) => {
    clearTimeout(timer);
    if (!reports.some((report) => !report.refused && !report.login)) { pause = SOON; return; }
    timer = setTimeout(flush, pause);
    pause = Math.min(pause * 2, SELDOM);
  };
  const sendAll = async () => {
    const run = async () => {
      let sent = 0;
      for (const report of await waiting()) {
        if (report.refused) continue;
        const answer = await send(report);
        if (answer.state === "sent") { await drop(report.key); sent += 1; continue; }
        report.refused = answer.state === "refused";
        report.login = answer.state === "login";
        await keep(report);
        if (answer.state === "away" || answer.state === "login") break;
      }
      if (sent) kam.toast(kam.say("kept_sent", { count: sent }));
      show(await waiting());
    };
    /* One window sends at a time; without locks the key of the report still makes it arrive once. */
    return navigator.locks ? navigator.locks.request("kam-reports", run) : run();
  };

  const fill = (report) => {
    const fields = [...form.elements].filter((field) => field.name && field.type !== "file");
    fields.forEach((field) => {
      const values = report.pairs.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.tomselect) field.tomselect.setValue(field.multiple ? values : values[0] || "", true);
      else if (values.length) field.value = values[0];
    });
  };
  const reopen = async (report) => {
    if (!form) { location.assign("/activities/new/"); return; }
    fill(report);
    await drop(report.key);
    show(await waiting());
  };

  if (form && user && form.dataset.keep === user) {
    const key = form.querySelector("[name=client_key]");
    const begin = () => { key.value = newKey(); };
    if (!key.value) begin();
    if (document.body.dataset.shell) {
      const when = form.querySelector("[name=starts_at]");
      const two = (figure) => String(figure).padStart(2, "0");
      const now = new Date();
      const parts = { d: two(now.getDate()), m: two(now.getMonth() + 1), Y: now.getFullYear(), H: two(now.getHours()), i: two(now.getMinutes()), S: two(now.getSeconds()), M: now.toLocaleString("en", { month: "short" }) };
      if (when && when.dataset.date) when.value = when.dataset.date.replace(/[dmYHiSM]/g, (letter) => parts[letter]);
    }
    const photos = form.querySelector("[data-photos] input");
    if (photos) photos.addEventListener("change", () => { form.querySelector("[data-photo-count]").textContent = photos.files.length ? `, ${photos.files.length}` : ""; });
    document.addEventListener("submit", async (event) => {
      if (event.target !== form || form.dataset.plain) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const save = form.querySelector("[data-save]");
      save.disabled = true;
      const pairs = [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && !(value instanceof File && !value.size));
      const value = (name) => (pairs.find(([known]) => known === name) || ["", ""])[1];
      const report = { key: key.value, user, at: Date.now(), title: value("subject") || value("text").slice(0, 60), pairs: pairs.map(([name, content]) => (content instanceof File ? [name, content, content.name] : [name, content])) };
      try { await keep(report); } catch { form.dataset.plain = "1"; form.requestSubmit(); return; }
      form.dispatchEvent(new Event("kam:kept"));
      const answer = await (navigator.locks ? navigator.locks.request("kam-reports", () => send(report)) : send(report));
      save.disabled = false;
      if (answer.state === "sent") { await drop(report.key); location.assign(answer.address); return; }
      /* The server's own page says what is wrong, at each field. */
      if (answer.state === "refused") { await drop(report.key); form.dataset.plain = "1"; form.submit(); return; }
      if (answer.state === "login") await keep({ ...report, login: true });
      form.reset();
      [...form.elements].forEach((field) => { if (field.tomselect) field.tomselect.clear(true); });
      form.querySelector("[data-photo-count]").textContent = "";
      begin();
      show(await waiting());
      window.scrollTo(0, 0);
    }, true);
  }

  const remember = async () => {
    if (!("serviceWorker" in navigator) || !("caches" in window)) return;
    try {
      if (!user) {
        await caches.delete(CACHE);
        return;
      }
      if (document.body.dataset.shell || !document.querySelector("a[href^='/activities/new/']")) return;
      await navigator.serviceWorker.register("/activities/worker.js", { scope: "/activities/" });
      const cache = await caches.open(CACHE);
      const owner = await cache.match("/activities/offline/owner");
      const stamp = `${user} ${new Date().toDateString()} ${document.documentElement.lang}`;
      if (owner && (await owner.text()) === stamp) return;
      // Led elsewhere means not now; going there would draw a new secret where a second factor is being set up.
      const answer = await fetch("/activities/offline/", { credentials: "same-origin", redirect: "manual" });
      if (!answer.ok) return;
      const page = await answer.clone().text();
      const parts = [...new DOMParser().parseFromString(page, "text/html").querySelectorAll("link[rel=stylesheet], script[src]")].map((part) => part.getAttribute("href") || part.getAttribute("src"));
      await cache.put("/activities/offline/", answer);
      await cache.addAll(parts.filter((part) => part.startsWith("/")));
      await cache.put("/activities/offline/owner", new Response(stamp));
    } catch { /* private mode: the form still works with a network */ }
  };

  window.addEventListener("online", () => { pause = SOON; if (user) flush(); });
  window.addEventListener("load", () => { remember(); if (user && "indexedDB" in window) flush().catch(() => {}); });
})();
