/* Shows what KAM tells this device, also while no page of KAM is open, and leads to the record when it is touched. */
self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  event.waitUntil(self.registration.showNotification(told.title || "KAM", {
    body: told.body || "", lang: told.language || "", tag: told.tag || "kam", icon: "/static/kam/icon.png", badge: "/static/kam/icon.png", data: { address: told.address || "/notifications/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.address, location.origin).href;
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const same = pages.find((page) => page.url === address);
    if (same) return same.focus();
    return self.clients.openWindow(address);
  })());
});
