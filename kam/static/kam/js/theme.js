/* Sets light or dark before the page is painted: the stored choice, else what the system says. */
(() => {
  const read = () => { try { return localStorage.getItem("kam-theme") || "system"; } catch { return "system"; } };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = read();
    const shown = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
    document.documentElement.setAttribute("data-bs-theme", shown);
    document.dispatchEvent(new CustomEvent("kam:theme", { detail: shown }));
  };
  apply();
  dark.addEventListener("change", apply);
  window.kamTheme = { read, choose(name) { try { localStorage.setItem("kam-theme", name); } catch { /* private mode */ } apply(); } };
})();
