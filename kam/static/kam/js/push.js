/* Registers this browser to be told at once (web push), and ends it where somebody else is at work now. Logging out ends it too: forget.js. */
(() => {
  const WORKER = "/notifications/worker.js";
  const SCOPE = "/notifications/";
  const PAGE = "/notifications/devices/";
  const user = document.body.dataset.user || "";
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const form = document.querySelector("form[data-push]");

  const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const bytes = (said) => Uint8Array.from(atob(said.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const current = async () => {
    const worker = await navigator.serviceWorker.getRegistration(SCOPE);
    return worker && worker.scope.endsWith(SCOPE) ? worker.pushManager.getSubscription() : null;
  };

  const say = (what) => document.querySelectorAll("[data-push-says]").forEach((part) => { part.hidden = part.dataset.pushSays !== what; });
  const name = () => {
    const said = navigator.userAgent;
    const browser = ["Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari"].find((one) => said.includes(one)) || "";
    const system = ["iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux"].find((one) => said.includes(one)) || "";
    return [{ Edg: "Edge", OPR: "Opera", SamsungBrowser: "Samsung Internet" }[browser] || browser, system].filter(Boolean).join(", ");
  };
  const values = (found) => ({ endpoint: found.endpoint, public_key: text(found.getKey("p256dh")), secret: text(found.getKey("auth")), name: name() });

  const ask = async () => {
    if ((await Notification.requestPermission()) !== "granted") return say("denied");
    await navigator.serviceWorker.register(WORKER, { scope: SCOPE });
    const worker = await navigator.serviceWorker.getRegistration(SCOPE);
    while (!worker.active) await new Promise((done) => setTimeout(done, 50));
    const before = await worker.pushManager.getSubscription();
    if (before) await before.unsubscribe();
    const found = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) });
    Object.entries(values(found)).forEach(([field, value]) => { form.elements[field].value = value; });
    form.submit();
  };

  const begin = async () => {
    if (!able) return form && say("unable");
    const found = await current();
    if (form) {
      if (Notification.permission === "denied") return say("denied");
      const known = found && found.options.applicationServerKey && text(found.options.applicationServerKey) === form.dataset.key;
      say(known && localStorage.getItem("kam-push") === user ? "here" : "ask");
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        localStorage.setItem("kam-push", user);
        ask().catch(() => { localStorage.removeItem("kam-push"); say("failed"); });
      });
      document.querySelectorAll("form[data-push-remove]").forEach((other) => other.addEventListener("submit", () => localStorage.removeItem("kam-push")));
    }
    if (found && localStorage.getItem("kam-push") && localStorage.getItem("kam-push") !== user) await found.unsubscribe();
  };

  begin().catch(() => { /* private mode: nothing can be told here */ });
})();
