"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const findings = [...document.querySelectorAll("article.finding")];
  const chapters = [...document.querySelectorAll("section.chapter")];
  const shown = document.getElementById("shown");
  const apply = () => {
    const wanted = new FormData(form);
    const severities = new Set(wanted.getAll("severity"));
    const standings = new Set(wanted.getAll("standing"));
    const rule = wanted.get("rule");
    const only_new = wanted.has("new");
    let count = 0;
    for (const finding of findings) {
      const { severity, standing, rule: of, isNew } = finding.dataset;
      const fits = severities.has(severity) && standings.has(standing) && (!rule || rule === of) && (!only_new || isNew === "yes");
      finding.hidden = !fits;
      count += fits ? 1 : 0;
    }
    for (const chapter of chapters) chapter.hidden = !chapter.querySelector("article.finding:not([hidden])");
    shown.textContent = `${count} of ${findings.length} shown`;
  };
  // The next or the last finding from the keyboard; letters typed into a field or with a modifier are left alone.
  const move = (step) => {
    const visible = findings.filter((finding) => !finding.hidden);
    const here = visible.indexOf(document.activeElement?.closest("article.finding"));
    const next = visible[here < 0 && step < 0 ? visible.length - 1 : Math.min(Math.max(here + step, 0), visible.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    const step = { j: 1, n: 1, k: -1, p: -1 }[event.key];
    if (step) move(step);
  });
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
  // On paper everything that is folded away is open.
  const folded = [...document.querySelectorAll("details:not([open])")];
  window.addEventListener("beforeprint", () => folded.forEach((part) => { part.dataset.folded = part.open ? "" : "yes"; part.open = true; }));
  window.addEventListener("afterprint", () => folded.forEach((part) => { if (part.dataset.folded) part.open = false; }));
})();
