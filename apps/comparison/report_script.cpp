#include "apps/comparison/report_script.h"

namespace cairn::comparison {

// Plain SVG in the page's own colours, so that both themes and paper suit it. A chart is drawn anew at each change.
const char* const report_script = R"js(
'use strict';
(() => {
const SVG = 'http://www.w3.org/2000/svg';

function shape(parent, tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}
function element(parent, tag, cls, text) {
  const made = document.createElement(tag);
  if (cls) made.className = cls;
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

// Three significant digits.
function number(value) {
  if (value === null || !isFinite(value)) return '–';
  const size = Math.abs(value), digits = v => String(+v.toPrecision(3));
  if (value === 0) return '0';
  if (size >= 999500) return digits(value / 1e6) + 'M';
  if (size >= 9995) return digits(value / 1e3) + 'k';
  return size < 1e-3 ? value.toExponential(2).replace(/\.?0+e/, 'e') : digits(value);
}

function ticks(low, high, about, log) {
  const all = [];
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / about));
    for (let e = first; e <= last; e += every) all.push(10 ** e);
    if (all.length > 1) return all;
    all.length = 0;
  }
  const raw = (high - low) / about, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find(s => s * power >= raw) * power;
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) all.push(i * step);
  return all;
}

// From values to shares of an axis, and back.
function scale(low, high, log) {
  const to = log ? Math.log10 : v => v, from = log ? v => 10 ** v : v => v;
  const a = to(low), b = to(high) > a ? to(high) : a + 1;
  return {low, high: from(b), log, at: v => (to(v) - a) / (b - a), value: s => from(a + s * (b - a))};
}

const ruler = document.createElement('canvas').getContext('2d');
function width_of(text) {
  ruler.font = '12px system-ui, "DejaVu Sans", sans-serif';
  return ruler.measureText(text).width;
}

// An exponential mean over points; gaps stay.
function smoothed(values, memory) {
  if (!memory) return values;
  let mean = null;
  return values.map(v => v === null ? null : (mean = mean === null ? v : memory * mean + (1 - memory) * v));
}

function path(xs, ys, x, y) {
  let out = '', pen = false;
  for (let i = 0; i < xs.length; ++i) {
    const ok = ys[i] !== null && (!y.log || ys[i] > 0) && (!x.log || xs[i] > 0);
    if (ok) out += (pen ? 'L' : 'M') + x.px(xs[i]).toFixed(1) + ' ' + y.px(ys[i]).toFixed(1);
    pen = ok;
  }
  return out;
}

function extent(sets, log) {
  let low = Infinity, high = -Infinity;
  for (const set of sets) for (const v of set)
    if (v !== null && (!log || v > 0)) { low = Math.min(low, v); high = Math.max(high, v); }
  if (!(low <= high)) return log ? [0.1, 1] : [0, 1];
  if (low === high) return log ? [low / 2, high * 2] : [low - 1, high + 1];
  return [low, high];
}

function lines(figure, data) {
  const state = {hidden: new Set(), log: data.y.log, smooth: 0, seeds: false, zoom: null};
  const legend = element(figure, 'div', 'legend');
  const plot = element(figure, 'div', 'plot'), tip = element(plot, 'div', 'tip');
  tip.hidden = true;
  data.series.forEach((series, i) => {
    if (!series.name) return;
    const button = element(legend, 'button', 'c', series.name);
    button.style.setProperty('--c', series.color);
    if (series.dashed) button.classList.add('dashed');
    button.title = 'show or hide';
    button.setAttribute('aria-pressed', 'true');
    button.onclick = () => {
      state.hidden.has(i) ? state.hidden.delete(i) : state.hidden.add(i);
      button.setAttribute('aria-pressed', String(!state.hidden.has(i)));
      draw();
    };
  });
  const controls = element(figure, 'div', 'controls');
  function toggle(label, name) {
    const button = element(controls, 'button', '', label);
    button.setAttribute('aria-pressed', String(Boolean(state[name])));
    button.onclick = () => {
      state[name] = !state[name];
      button.setAttribute('aria-pressed', String(state[name]));
      state.zoom = null;
      draw();
    };
  }
  if (data.series.some(s => s.seeds)) toggle('every seed', 'seeds');
  if (data.y.log || (data.smooth && data.series.some(s => s.y.some(v => v > 0)))) toggle('log', 'log');
  if (data.smooth) {
    const label = element(controls, 'label', '', 'smooth ');
    const slider = element(label, 'input');
    Object.assign(slider, {type: 'range', min: 0, max: 0.95, step: 0.05, value: 0});
    slider.oninput = () => { state.smooth = Number(slider.value); draw(); };
  }
  const back = element(controls, 'button', '', 'whole chart');
  back.onclick = () => { state.zoom = null; draw(); };

  let x, y, box, shown;
  function draw() {
    plot.querySelector('svg')?.remove();
    const width = Math.max(260, plot.clientWidth), height = Math.round(Math.max(230, Math.min(380, 0.62 * width)));
    const svg = shape(plot, 'svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': data.caption});
    shown = data.series.map((s, i) => ({...s, i, y: smoothed(s.y, state.smooth)})).filter(s => !state.hidden.has(s.i));
    const seeds = state.seeds ? shown.flatMap(s => (s.seeds || []).map(one => ({...one, color: s.color}))) : [];
    const bands = state.smooth === 0 && !state.seeds;
    const across = data.lines.filter(l => !l.vertical).map(l => l.at);
    const xs = shown.map(s => s.x).concat(seeds.map(s => s.x)), ys = shown.map(s => s.y).concat(seeds.map(s => s.y));
    if (bands) for (const s of shown) if (s.low) ys.push(s.low, s.high);
    let [x0, x1] = extent(xs, data.x.log), [y0, y1] = extent(ys.concat([across]), state.log);
    for (const bar of data.bars) {
      [x0, x1] = extent([[x0, x1], bar.edges], data.x.log);
      y0 = Math.min(y0, 0), y1 = Math.max(y1, ...bar.heights);
    }
    if (!state.log) { const room = 0.03 * (y1 - y0); y0 -= room; y1 += room; }
    x0 = data.x.low ?? x0, x1 = data.x.high ?? x1;
    if (!state.log || data.y.low > 0) y0 = data.y.low ?? y0;
    y1 = data.y.high ?? y1;
    if (state.zoom) [x0, x1, y0, y1] = state.zoom;
    x = scale(x0, x1, data.x.log), y = scale(y0, y1, state.log);
    const rows = ticks(y.low, y.high, 6, y.log), left = 14 + Math.max(...rows.map(v => width_of(number(v))), 10);
    box = {x: left, y: 20, w: width - left - 12, h: height - 20 - 42};
    x.px = v => box.x + x.at(v) * box.w;
    y.px = v => box.y + (1 - y.at(v)) * box.h;
    for (const v of rows) {
      shape(svg, 'line', {class: 'grid', x1: box.x, x2: box.x + box.w, y1: y.px(v), y2: y.px(v)});
      shape(svg, 'text', {class: 'tick', x: box.x - 6, y: y.px(v) + 4, 'text-anchor': 'end'}, number(v));
    }
    for (const v of ticks(x.low, x.high, Math.max(2, Math.floor(box.w / 80)), x.log)) {
      shape(svg, 'line', {class: 'grid', x1: x.px(v), x2: x.px(v), y1: box.y, y2: box.y + box.h});
      shape(svg, 'text', {class: 'tick', x: x.px(v), y: box.y + box.h + 16, 'text-anchor': 'middle'}, number(v));
    }
    shape(svg, 'text', {class: 'tick', x: box.x + box.w, y: height - 6, 'text-anchor': 'end'}, data.x.label);
    if (data.y.label) shape(svg, 'text', {class: 'tick', x: 4, y: 12}, data.y.label);
    const id = 'clip' + data.id;
    shape(shape(svg, 'clipPath', {id}), 'rect', {x: box.x, y: box.y, width: box.w, height: box.h});
    const area = shape(svg, 'g', {'clip-path': `url(#${id})`});
    for (const bar of data.bars)
      bar.heights.forEach((h, i) => shape(area, 'rect', {class: 'c bar', style: `--c:${bar.color}`, x: x.px(bar.edges[i]),
        width: Math.max(0, x.px(bar.edges[i + 1]) - x.px(bar.edges[i]) - 1), y: y.px(h), height: Math.max(0, y.px(0) - y.px(h))}));
    for (const s of shown) {
      if (!bands || !s.low) continue;
      const there = s.x.map((_, i) => i).filter(i => s.low[i] !== null && (!y.log || s.low[i] > 0));
      const edge = there.map(i => `${x.px(s.x[i])},${y.px(s.high[i])}`)
        .concat(there.reverse().map(i => `${x.px(s.x[i])},${y.px(s.low[i])}`));
      shape(area, 'polygon', {class: 'c band', style: `--c:${s.color}`, points: edge.join(' ')});
    }
    for (const one of seeds)
      shape(area, 'path', {class: 'c seed', style: `--c:${one.color}`, d: path(one.x, smoothed(one.y, state.smooth), x, y)});
    for (const line of data.lines) {
      const at = line.vertical ? {x1: x.px(line.at), x2: x.px(line.at), y1: box.y, y2: box.y + box.h}
                               : {x1: box.x, x2: box.x + box.w, y1: y.px(line.at), y2: y.px(line.at)};
      shape(area, 'line', {class: 'reference', ...at});
      shape(area, 'text', {class: 'tick', x: at.x1 + 6, y: at.y1 + (line.vertical ? 14 : -5)}, line.label);
    }
    for (const s of shown) {
      if (s.width > 0)
        shape(area, 'path', {class: 'c line' + (s.dashed ? ' dashed' : ''), style: `--c:${s.color}`, d: path(s.x, s.y, x, y)});
      if (s.marker > 0) s.x.forEach((v, i) => {
        if (s.y[i] !== null) shape(area, 'circle', {class: 'c dot', style: `--c:${s.color}`, cx: x.px(v), cy: y.px(s.y[i]), r: s.marker});
      });
    }
    shape(svg, 'g', {class: 'cursor'});
    back.hidden = !state.zoom;
  }

  function at(event) {
    const edge = plot.getBoundingClientRect();
    return {x: event.clientX - edge.left, y: event.clientY - edge.top};
  }
  const inside = p => p.x >= box.x && p.x <= box.x + box.w && p.y >= box.y && p.y <= box.y + box.h;
  let from = null;
  plot.onpointerdown = event => { from = inside(at(event)) && event.pointerType === 'mouse' ? at(event) : null; };
  plot.onpointermove = event => {
    const p = at(event), cursor = plot.querySelector('.cursor');
    cursor.replaceChildren();
    tip.hidden = true;
    if (!inside(p)) return;
    if (from && Math.hypot(p.x - from.x, p.y - from.y) > 6) {
      shape(cursor, 'rect', {class: 'zoom', x: Math.min(p.x, from.x), y: Math.min(p.y, from.y),
        width: Math.abs(p.x - from.x), height: Math.abs(p.y - from.y)});
      return;
    }
    const wanted = x.value((p.x - box.x) / box.w), values = [];
    let place = null;
    for (const s of shown) {
      let best = -1;
      s.x.forEach((v, i) => {
        if (s.y[i] !== null && (best < 0 || Math.abs(v - wanted) < Math.abs(s.x[best] - wanted))) best = i;
      });
      if (best < 0 || Math.abs(x.px(s.x[best]) - p.x) > 40) continue;
      if (place === null || Math.abs(s.x[best] - wanted) < Math.abs(place - wanted)) place = s.x[best];
      values.push({s, value: s.y[best], i: best});
    }
    if (place === null) return;
    shape(cursor, 'line', {class: 'reference', x1: x.px(place), x2: x.px(place), y1: box.y, y2: box.y + box.h});
    tip.replaceChildren();
    element(tip, 'div', 'quiet', `${number(place)} ${data.x.label}`);
    for (const {s, value, i} of values.sort((a, b) => b.value - a.value)) {
      if (inside({x: p.x, y: y.px(value)})) shape(cursor, 'circle', {class: 'c dot', style: `--c:${s.color}`, cx: x.px(s.x[i]), cy: y.px(value), r: 4});
      const band = s.low && s.low[i] !== null ? ` [${number(s.low[i])}, ${number(s.high[i])}]` : '';
      const row = element(tip, 'div', 'c', `${number(value)}${band}  ${s.name}`);
      row.style.setProperty('--c', s.color);
    }
    tip.hidden = false;
    const room = plot.clientWidth - tip.offsetWidth;
    tip.style.left = Math.max(0, Math.min(room, p.x > plot.clientWidth / 2 ? p.x - tip.offsetWidth - 14 : p.x + 14)) + 'px';
    tip.style.top = Math.max(0, Math.min(p.y - 10, plot.clientHeight - tip.offsetHeight)) + 'px';
  };
  plot.onpointerleave = () => { from = null; tip.hidden = true; plot.querySelector('.cursor')?.replaceChildren(); };
  plot.onpointerup = event => {
    const p = at(event), start = from;
    from = null;
    if (!start || Math.hypot(p.x - start.x, p.y - start.y) <= 6) return;
    const xs = [start.x, p.x].map(v => x.value((v - box.x) / box.w)), ys = [start.y, p.y].map(v => y.value(1 - (v - box.y) / box.h));
    state.zoom = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    draw();
  };
  plot.ondblclick = () => { state.zoom = null; draw(); };
  return draw;
}
)js"
                                  R"js(
function intervals(figure, data) {
  const plot = element(figure, 'div', 'plot');
  return () => {
    plot.replaceChildren();
    const width = Math.max(260, plot.clientWidth), narrow = width < 460, row = narrow ? 44 : 30;
    const height = 16 + row * data.rows.length + 44;
    const svg = shape(plot, 'svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': data.caption});
    const ends = r => data.bars ? [r.value] : [r.value, r.low, r.high];
    let [low, high] = extent(data.rows.map(ends).concat([data.lines.map(l => l.at)], data.bars ? [[0]] : []), false);
    const room = 0.05 * (high - low);
    if (!data.bars) low -= room;
    high += room;
    const widest = Math.max(0, ...data.rows.map(r => width_of(r.name)));
    const left = narrow ? 12 : 14 + Math.min(0.45 * width, widest), right = width - 16;
    const px = v => left + (v - low) / (high - low) * (right - left);
    for (const v of ticks(low, high, Math.max(2, Math.floor((right - left) / 80)), false)) {
      shape(svg, 'line', {class: 'grid', x1: px(v), x2: px(v), y1: 10, y2: height - 40});
      shape(svg, 'text', {class: 'tick', x: px(v), y: height - 24, 'text-anchor': 'middle'}, number(v));
    }
    shape(svg, 'text', {class: 'tick', x: right, y: height - 6, 'text-anchor': 'end'}, data.label);
    for (const line of data.lines) {
      shape(svg, 'line', {class: 'reference', x1: px(line.at), x2: px(line.at), y1: 10, y2: height - 40});
      if (line.label) shape(svg, 'text', {class: 'tick', x: px(line.at) + 5, y: 18}, line.label);
    }
    data.rows.forEach((r, i) => {
      const y = 16 + row * i + (narrow ? 30 : row / 2);
      const group = shape(svg, 'g', {class: 'c row', style: `--c:${r.color}`});
      const range = r.low === null || r.low === undefined ? '' : ` [${number(r.low)}, ${number(r.high)}]`;
      shape(group, 'title', {}, `${r.name}: ${number(r.value)}${r.words ? ` (${r.words})` : data.bars ? '' : range}`);
      shape(group, 'rect', {class: 'target', x: 0, y: 16 + row * i, width, height: row});
      let name = r.name;
      const space = narrow ? width - 24 : left - 14;
      while (name.length > 4 && width_of(name) > space) name = name.slice(0, -2).replace(/…?$/, '…');
      shape(group, 'text', narrow ? {class: 'name', x: 12, y: y - 14} : {class: 'name', x: left - 8, y: y + 4, 'text-anchor': 'end'}, name);
      if (data.bars) {
        shape(group, 'rect', {class: 'bar', x: px(0), y: y - 7, width: Math.max(1, px(r.value) - px(0)), height: 14, rx: 2});
        return;
      }
      if (r.words) {
        const end = px(r.value) + 12 + width_of(r.words) > width;
        shape(group, 'text', {class: 'tick', x: px(r.value) + (end ? -12 : 12), y: y + 4, 'text-anchor': end ? 'end' : 'start'}, r.words);
      } else if (r.low !== null) {
        shape(group, 'path', {class: 'line', d: `M${px(r.low)} ${y}H${px(r.high)}M${px(r.low)} ${y - 5}v10M${px(r.high)} ${y - 5}v10`});
      }
      shape(group, 'circle', {class: 'dot', cx: px(r.value), cy: y, r: 5.5});
    });
  };
}

const all = [];
document.querySelectorAll('figure > script[type="application/json"]').forEach((source, i) => {
  const data = {...JSON.parse(source.textContent), id: i}, figure = source.parentElement;
  element(figure, 'figcaption', '', data.title);
  all.push((data.rows ? intervals : lines)(figure, data));
});
const draw_all = () => all.forEach(draw => draw());
let last = 0;
new ResizeObserver(() => {
  if (document.body.clientWidth !== last) { last = document.body.clientWidth; draw_all(); }
}).observe(document.body);
draw_all();
})();
)js";

}  // namespace cairn::comparison
