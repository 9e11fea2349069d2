// SPDX-License-Identifier: Apache-2.0
//
// What does not change in a chart's HTML page: its style, its script, and the words around it.
//
//     page = chart_page::before_title + title + chart_page::style + ... + chart_page::script;
//
// tested in: chart_test.cpp
#pragma once

#include <string_view>

namespace beamish::inline v0::sim::chart_page {

inline constexpr std::string_view begin = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2433; --soft: #5d6678; --line: #c3cad6; --band: #f4f6fa;
  --box: #e8eefb; --box-line: #7c93c6; --message: #2457c5; --note: #8a5300; --note-paper: #fff4d6;
  --fault: #b3261e; --fault-paper: #fde8e6; --end: #6b7280; --turn: #9db4e8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --ink: #e6e9ef; --soft: #9aa3b2; --line: #465061; --band: #1b1f27;
    --box: #24304a; --box-line: #6d88c9; --message: #86aaff; --note: #ffd479;
    --note-paper: #3a2f14; --fault: #ff8a80; --fault-paper: #47211e; --end: #8f97a5;
    --turn: #4a649f;
  }
}
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column;
       background: var(--paper); color: var(--ink);
       font: 14px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
header { padding: 14px 20px 10px; max-width: 1000px; }
h1 { font-size: 19px; margin: 0 0 4px; }
.verdict { margin: 0 0 8px; font-weight: 600; color: var(--fault); }
.verdict.well { color: inherit; }
header p { margin: 0 0 6px; color: var(--soft); }
details { color: var(--soft); }
details ul { margin: 6px 0; padding-left: 20px; columns: 2; column-gap: 36px; }
details b { color: var(--ink); font-weight: 600; }
#view { flex: 1; overflow: auto; }
nav { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; padding: 6px 20px;
      background: var(--band); border-block: 1px solid var(--line); }
button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
         border-radius: 5px; padding: 2px 10px; cursor: pointer; }
button:hover { border-color: var(--message); }
nav output { color: var(--soft); min-height: 1.4em; }
svg { display: block; }
#names { position: sticky; top: 0; z-index: 2; width: max-content; background: var(--paper);
         border-bottom: 1px solid var(--line); }
.lane { stroke: var(--line); stroke-width: 1.5; }
.turn { fill: var(--turn); }
.box rect { fill: var(--box); stroke: var(--box-line); }
.box text, #names text { font-size: 12px; fill: var(--ink); text-anchor: middle; }
.box, #names g { cursor: pointer; }
.step, .time { font-size: 11px; fill: var(--soft); text-anchor: end; }
.say { font-size: 12px; fill: var(--message); paint-order: stroke; stroke: var(--paper);
       stroke-width: 4px; text-anchor: middle; }
.say.left { text-anchor: start; }
.way { stroke: var(--message); stroke-width: 1.6; fill: none; }
.way.open { stroke-dasharray: 5 4; }
.tip { fill: var(--message); }
.spawns { stroke: var(--box-line); stroke-width: 1.4; stroke-dasharray: 2 3; }
.ends line { stroke: var(--end); stroke-width: 2; }
.ends text { font-size: 11.5px; fill: var(--end); }
.note rect { fill: var(--note-paper); stroke: var(--note); }
.note text { font-size: 12px; fill: var(--note); font-weight: 600; }
.fault rect { fill: var(--fault-paper); stroke: var(--fault); }
.fault text { font-size: 12px; fill: var(--fault); font-weight: 600; }
.fold text { font-size: 12px; fill: var(--soft); font-style: italic; }
.fold rect { fill: var(--band); }
#fails rect { fill: var(--fault); }
#fails text { font-size: 14px; font-weight: 700; fill: var(--paper); }
.row > rect.hit { fill: transparent; }
.row:hover > rect.hit { fill: var(--band); }
.some .row, .some .path, .some .stay { opacity: .18; }
.some .on { opacity: 1; }
.some .on .way { stroke-width: 2.6; }
</style>
<title>)html";

inline constexpr std::string_view tools = R"html(</title>
</head>
<body>
<nav><button id="smaller" title="smaller">&minus;</button>
<button id="larger" title="larger">+</button>
<button id="help">How to read this</button><button id="to_failure">To the failure</button>
<button id="everything">Show everything</button><output id="words"></output></nav>
<div id="view">
<header>
)html";

inline constexpr std::string_view legend = R"html(
<details open><summary>How to read this chart</summary>
<ul>
<li>Time goes <b>down</b>. The numbers at the left are the step of the run and its virtual
time.</li>
<li>A <b>box</b> is a process that begins, with a line as long as it lives; a <b>cross</b> is its
end, with the reason.</li>
<li>An <b>arrow</b> is a message or another signal: it begins where it was sent and ends where it
arrived. The steeper it is, the longer that took, and the more happened meanwhile.</li>
<li>A <b>thick</b> piece of a line: the process runs.</li>
<li>A <b>yellow</b> sign is a mark that the test has made; a <b>red</b> one is a fault that the
simulation has made on purpose.</li>
<li>A <b>timer's</b> message has a clock (&#9719;) before its text.</li>
<li><b>Point</b> at a row to read it in words. <b>Click</b> a message to see it alone, or a name to
see one process alone; click again, or press Escape, to see everything.</li>
<li>Zoom by the buttons, the keys + and -, or Ctrl and the wheel.</li>
</ul></details>
</header>
)html";

inline constexpr std::string_view script = R"html(</div>
<script>
"use strict";
const byId = id => document.getElementById(id);
const svgs = [...document.querySelectorAll("svg.scaled")];
const sizes = svgs.map(s => [s.viewBox.baseVal.width, s.viewBox.baseVal.height]);
const view = byId("view"), chart = byId("chart"), words = byId("words"), failure = byId("fails");
let scale = 1, shown = "";
function zoom(to) {
  scale = Math.min(3, Math.max(0.2, to));
  svgs.forEach((s, i) => {
    s.setAttribute("width", sizes[i][0] * scale);
    s.setAttribute("height", sizes[i][1] * scale);
  });
  nameLanes();
}
function only(key) {
  shown = key === shown ? "" : key;
  document.body.classList.toggle("some", shown !== "");
  document.querySelectorAll("[data-of]").forEach(e =>
    e.classList.toggle("on", shown !== "" && e.dataset.of.split(" ").includes(shown)));
}
// Columns are taken again after a process has ended: the names are those of the uppermost row.
function nameLanes() {
  const names = byId("names");
  const top = chart.getBoundingClientRect().top;
  const row = (names.getBoundingClientRect().bottom - top) / scale + 4;
  names.querySelectorAll("g").forEach(g => {
    const now = row >= +g.dataset.from && row <= +g.dataset.to;
    g.style.display = now ? "" : "none";
  });
}
function toFailure() {
  if (failure) failure.scrollIntoView({ block: "center", inline: "nearest" });
}
byId("larger").onclick = () => zoom(scale * 1.25);
byId("smaller").onclick = () => zoom(scale / 1.25);
byId("everything").onclick = () => { only(shown); zoom(1); };
byId("to_failure").onclick = toFailure;
byId("help").onclick = () => view.scrollTo(0, 0);
if (!failure) byId("to_failure").remove();
document.addEventListener("keydown", e => {
  if (e.key === "+" || e.key === "=") zoom(scale * 1.25);
  if (e.key === "-") zoom(scale / 1.25);
  if (e.key === "Escape" && shown) only(shown);
});
document.addEventListener("wheel", e => {
  if (!e.ctrlKey) return;
  e.preventDefault();
  zoom(scale * (e.deltaY < 0 ? 1.1 : 1 / 1.1));
}, { passive: false });
document.addEventListener("click", e => {
  const at = e.target.closest("[data-key]");
  if (at) only(at.dataset.key);
});
chart.addEventListener("mouseover", e => {
  const at = e.target.closest(".row");
  words.textContent = at ? at.dataset.words : "";
});
view.addEventListener("scroll", nameLanes, { passive: true });
window.addEventListener("resize", nameLanes);
zoom(1);
toFailure();
nameLanes();
</script>
</body>
</html>
)html";

}  // namespace beamish::inline v0::sim::chart_page
