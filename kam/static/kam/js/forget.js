/* Where nobody is signed in: the form that was kept for use without a network is forgotten, and this browser is told nothing more. */
if ("caches" in window) caches.delete("kam-visit");
if ("serviceWorker" in navigator && "PushManager" in window) {
  navigator.serviceWorker.getRegistration("/notifications/").then(async (worker) => {
    const found = worker && worker.scope.endsWith("/notifications/") && (await worker.pushManager.getSubscription());
    if (found) await found.unsubscribe();
    localStorage.removeItem("kam-push");
  }).catch(() => { /* private mode: nothing was registered */ });
}
