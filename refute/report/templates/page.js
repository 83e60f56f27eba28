"use strict";
(() => {
  const articles = [...document.querySelectorAll(".detail > article")];
  const entries = [...document.querySelectorAll(".entries > .entry")];
  if (!articles.length) return;
  const form = document.querySelector(".filters");
  const output = form.querySelector("output");
  const link = (article) => document.querySelector(`.entries a[href="#${article.id}"]`);
  const wide = matchMedia("(min-width: 60rem)");
  let current = null;

  document.documentElement.classList.add("scripted");

  const adorn = (article) => {
    for (const box of article.querySelectorAll(".copyable:not(:has(> button))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        const text = box.querySelector("pre").textContent;
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(box.querySelector("pre"));
          button.textContent = "Selected";
        }
      });
      box.append(button);
    }
  };

  const folded = (article) => article.querySelector("noscript");

  // What is folded of a claim is no part of the page until it is needed: most of a long page is never looked at.
  const unfold = (article) => {
    const rest = folded(article);
    if (rest) rest.outerHTML = rest.textContent;
    adorn(article);
  };

  const unfoldAll = () => articles.filter(folded).forEach(unfold);

  // The others stay in the page for its search, and for print.
  const show = (article) => {
    current = article;
    unfold(article);
    for (const one of articles) {
      if (one === article) one.removeAttribute("hidden");
      else one.setAttribute("hidden", "until-found");
    }
    for (const entry of entries) entry.firstElementChild.removeAttribute("aria-current");
    const here = link(article);
    here.setAttribute("aria-current", "true");
    const list = here.closest(".entries");
    const row = here.parentElement;
    if (row.offsetTop < list.scrollTop) list.scrollTop = row.offsetTop;
    const below = row.offsetTop + row.offsetHeight - list.clientHeight;
    if (below > list.scrollTop) list.scrollTop = below;
  };

  const openAround = (target) => {
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target.tagName === "DETAILS") target.open = true;
  };

  const find = (id) => {
    const article = document.getElementById(id) ? null : articles.find((one) => folded(one)?.textContent.includes(`id="${id}"`));
    if (article) unfold(article);
    return document.getElementById(id);
  };

  const follow = () => {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const article = target.closest("article");
    if (articles.includes(article)) show(article);
    openAround(target);
    const seen = target.getBoundingClientRect();
    if (article !== target || !wide.matches || seen.top < 0 || seen.top > innerHeight / 2) target.scrollIntoView();
  };

  const step = (by) => {
    const visible = entries.filter((entry) => !entry.hidden);
    const at = visible.findIndex((entry) => entry.contains(link(current)));
    const next = visible[Math.min(Math.max(at + by, 0), visible.length - 1)];
    if (next) location.hash = next.firstElementChild.hash;
  };

  // What stands in the page, with every formula as it was written and not as it was set.
  const plain = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.className === "unseen") return "";
    if (node.nodeName.toLowerCase() === "math") return node.getAttribute("alttext");
    return [...node.childNodes].map(plain).join("");
  };

  const written = new Map(articles.map((article) => [article, ""]));
  const textOf = (article) => {
    if (!written.get(article)) {
      const rest = document.createElement("template");
      rest.innerHTML = folded(article)?.textContent ?? "";
      const heads = [...article.childNodes].filter((node) => node.nodeName !== "NOSCRIPT");
      written.set(article, [...heads, ...rest.content.childNodes].map(plain).join("").toLowerCase());
    }
    return written.get(article);
  };

  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.rangeCount) return;
    const copied = selection.getRangeAt(0).cloneContents();
    const formulas = [...copied.querySelectorAll("math")];
    if (!formulas.length) return;
    for (const one of copied.querySelectorAll(".unseen")) one.remove();
    for (const one of formulas) one.replaceWith(one.getAttribute("alttext"));
    for (const line of copied.querySelectorAll(".text-line, .display, p, li, dd")) line.append("\n");
    event.clipboardData.setData("text/plain", copied.textContent);
    event.preventDefault();
  });

  const filter = () => {
    const wanted = new FormData(form);
    const words = wanted.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const article = document.getElementById(entry.firstElementChild.hash.slice(1));
      const text = words.length ? textOf(article) : "";
      const same = [...wanted].every(([name, value]) => name === "text" || !value || entry.dataset[name] === value);
      entry.hidden = !(same && words.every((word) => text.includes(word)));
      if (!entry.hidden) count += 1;
    }
    for (const name of document.querySelectorAll(".entries > .chapter-name")) {
      let next = name.nextElementSibling;
      while (next && next.hidden) next = next.nextElementSibling;
      name.hidden = !next || next.classList.contains("chapter-name");
    }
    output.textContent = `${count} of ${entries.length} claims`;
    const first = entries.find((entry) => !entry.hidden);
    if (first && link(current).parentElement.hidden) show(document.getElementById(first.firstElementChild.hash.slice(1)));
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  for (const article of articles) article.addEventListener("beforematch", () => show(article));
  addEventListener("beforeprint", unfoldAll);
  addEventListener("keydown", (event) => {
    if (event.key === "F3" || ((event.ctrlKey || event.metaKey) && event.key === "f")) unfoldAll();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
    if (event.key === "/") {
      event.preventDefault();
      form.elements.text.focus();
    }
  });
  show(articles.find((article) => article.className === "REFUTED") || articles[0]);
  if (location.hash) follow();
})();
