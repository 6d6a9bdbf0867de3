// What is measured in a page: by `access.rs`, which injects this beside axe.
(() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""}${e.className && typeof e.className === "string" ? `.${e.className.trim().replace(/\s+/g, ".")}` : ""} ${JSON.stringify((e.innerText ?? e.value ?? "").slice(0, 40))}`;

  // Controls that a person presses or fills, except those that only show themselves when they have the focus.
  const controls = () => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((e) => {
    const r = e.getBoundingClientRect();
    return shown(e) && r.width > 1 && r.height > 1 && !e.matches(".skip, .unseen");
  });

  const checks = {
    // Sideways: what is wider than the window, with what sticks out.
    sideways() {
      const s = document.scrollingElement;
      if (s.scrollWidth <= s.clientWidth) return [];
      const out = [...document.body.querySelectorAll("*")].filter((e) => {
        if (!shown(e) || e.getBoundingClientRect().right <= s.clientWidth + 0.5) return false;
        for (let up = e.parentElement; up && up !== document.body; up = up.parentElement) {
          if (getComputedStyle(up).overflowX !== "visible") return false;
        }
        return true;
      });
      return [`${s.scrollWidth} wide in ${s.clientWidth}: ${out.slice(0, 5).map(name).join(" | ")}`];
    },

    // Text that a control cuts off.
    cut() {
      return controls().filter((e) => {
        if (e.matches("input, select, textarea")) return false;
        const style = getComputedStyle(e);
        const hides = style.overflowX !== "visible" || style.textOverflow === "ellipsis";
        return style.display !== "inline" && (e.scrollWidth > e.clientWidth + 1 && (hides || e.matches("button, .button")) || (style.overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1));
      }).map((e) => `${name(e)}: ${e.scrollWidth} in ${e.clientWidth}, ${e.scrollHeight} in ${e.clientHeight}`);
    },

    // Controls that lie over one another.
    overlap() {
      const all = controls().map((e) => [e, e.getClientRects()]);
      const found = [];
      for (let i = 0; i < all.length; i += 1) {
        for (let j = i + 1; j < all.length; j += 1) {
          const [a, ra] = all[i];
          const [b, rb] = all[j];
          if (a.contains(b) || b.contains(a)) continue;
          for (const x of ra) for (const y of rb) {
            const w = Math.min(x.right, y.right) - Math.max(x.left, y.left);
            const h = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
            if (w > 3 && h > 3 && getComputedStyle(a).position !== "fixed" && getComputedStyle(b).position !== "fixed") found.push(`${name(a)} and ${name(b)} by ${Math.round(w)} x ${Math.round(h)}`);
          }
        }
      }
      return [...new Set(found)].slice(0, 8);
    },

    // What has the keyboard's focus and does not show it.
    focus() {
      const lost = [];
      for (const e of controls()) {
        if (e.disabled || e.tabIndex < 0) continue;
        const before = getComputedStyle(e);
        const was = [before.outlineStyle, before.outlineWidth, before.boxShadow, before.borderColor, before.backgroundColor].join();
        e.focus({ preventScroll: true });
        if (document.activeElement !== e) continue;
        const now = getComputedStyle(e);
        const is = [now.outlineStyle, now.outlineWidth, now.boxShadow, now.borderColor, now.backgroundColor].join();
        const ring = now.outlineStyle !== "none" && parseFloat(now.outlineWidth) >= 1;
        if (!ring && is === was) lost.push(name(e));
        e.blur();
      }
      return lost.slice(0, 8);
    },

    // What still moves although the reader asked for less of it.
    motion() {
      return document.getAnimations().filter((a) => {
        const t = a.effect?.getComputedTiming();
        return a.playState === "running" && t && t.duration > 10;
      }).map((a) => `${a.animationName ?? a.transitionProperty ?? "animation"} on ${a.effect.target ? name(a.effect.target) : "?"}`);
    },

    // Addresses of this house that the page links to.
    links() {
      return [...document.querySelectorAll("a[href]")].map((a) => new URL(a.href)).filter((u) => u.origin === location.origin).map((u) => u.pathname);
    },
  };

  window.checks = checks;
  window.axed = (rules, done) => {
    const run = rules
      ? { type: "rule", values: rules }
      : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    axe.run(document, { runOnly: run, resultTypes: ["violations"], preload: false }).then(
      (r) => done(r.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.html.slice(0, 160)} (${[...n.any, ...n.all].map((c) => c.message).join("; ").slice(0, 240)})`).join(" | ")}`)),
      (e) => done([`axe failed: ${e}`]),
    );
  };
})();
