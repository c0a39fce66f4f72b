/* Where nobody is signed in, the form that was kept for use without a network is forgotten. */
if ("caches" in window) caches.delete("kam-visit");
