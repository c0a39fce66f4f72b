/* Keeps the form of a report at hand without a network: its own page and what that page is made of, nothing else. */
const CACHE = "kam-visit";
const SHELL = "/activities/offline/";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  const opens = request.mode === "navigate" && address.pathname === "/activities/new/";
  if (opens) event.respondWith(fetch(request).catch(async () => (await caches.match(SHELL, { cacheName: CACHE, ignoreVary: true })) || Response.error()));
  else if (address.pathname.startsWith("/static/")) event.respondWith(fetch(request).catch(async () => (await caches.match(request, { cacheName: CACHE, ignoreSearch: true, ignoreVary: true })) || Response.error()));
});
