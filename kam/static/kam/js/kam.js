/* The ground of the scripts: words, announcements, toasts, and what htmx does when the server refuses or is away. */
window.kam = (() => {
  const holder = document.getElementById("kam-words");
  const words = holder ? JSON.parse(holder.textContent) : {};
  const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`%(${name})s`, value), words[key] || key);

  /* Tells screen readers what changed. */
  const announce = (text) => {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 60);
  };

  const toast = (text, level = "success", link = null) => {
    const box = document.getElementById("toasts");
    if (!box) return;
    const made = document.createElement("div");
    made.className = `k-toast k-toast-${level}`;
    made.dataset.toast = "";
    const span = document.createElement("span");
    span.textContent = text;
    made.append(span);
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link.href;
      anchor.textContent = link.text;
      made.append(anchor);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "k-icon-button";
    close.dataset.close = "";
    close.setAttribute("aria-label", say("close"));
    close.textContent = "×";
    made.append(close);
    box.append(made);
    fade(made);
  };

  /* A success goes away by itself; an error stays until it is read. */
  const fade = (toastElement) => {
    if (!/toast-(error|warning)/.test(toastElement.className)) setTimeout(() => toastElement.remove(), 6000);
  };

  /* Whether KAM answers now. The browser knows only whether there is a network at all; KAM may run on this very machine without one. */
  const reachable = () => fetch("/static/kam/mark.svg", { method: "HEAD", cache: "no-store" }).then((answer) => answer.ok, () => false);

  const store = {
    read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: the page still works */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-toast] [data-close]");
    if (close) close.closest("[data-toast]").remove();
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-toast]").forEach(fade));

  const loginAddress = () => `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
  document.addEventListener("htmx:afterSwap", () => document.querySelectorAll("#toasts [data-toast]").forEach(fade));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const path = event.detail.xhr.responseURL || "";
    if (path.includes("/accounts/login/")) {
      event.detail.shouldSwap = false;
      toast(say("expired"), "error", { href: loginAddress(), text: say("log_in") });
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401 || (status === 403 && !document.body.dataset.user)) toast(say("expired"), "error", { href: loginAddress(), text: say("log_in") });
    else toast(say("failed"), "error");
  });
  document.addEventListener("htmx:sendError", () => toast(say("offline"), "error"));
  return { say, announce, toast, store, reachable };
})();
