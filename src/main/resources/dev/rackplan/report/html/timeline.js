// What each stage does when: a shape for each hue, so that tens of thousands of passes stay light.
(function () {
  'use strict';
  const box = document.getElementById('timeline');
  const timeline = rackplan.data.plan.timeline;
  if (!box || !timeline) { return; }
  const number = rackplan.number;
  const SVG = 'http://www.w3.org/2000/svg';
  const FIELDS = 5;
  const HUES = 12;
  const LEFT = 62;
  const TOP = 22;
  const count = timeline.boxes.length / FIELDS;

  // [stage, start, end, micro-batch, backward]; times in parts of the whole.
  function pass(i) {
    return timeline.boxes.slice(i * FIELDS, (i + 1) * FIELDS);
  }

  function millis(part) {
    return part / timeline.parts * timeline.millis;
  }

  function draw() {
    const stages = timeline.stages;
    const height = stages > 8 ? 15 : 26;
    const whole = Math.max(260, box.clientWidth);
    const width = whole - LEFT - 8;
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 ' + whole + ' ' + (TOP + stages * height + 22));
    svg.setAttribute('aria-hidden', 'true');
    function add(name, attributes, text) {
      const element = document.createElementNS(SVG, name);
      Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
      if (text !== undefined) { element.textContent = text; }
      svg.append(element);
    }
    function x(part) { return LEFT + part / timeline.parts * width; }
    for (let s = 0; s < stages; s++) {
      add('text', { x: 0, y: TOP + s * height + height * 0.72, class: 'axis' }, 'stage ' + s);
    }
    add('path', { class: 'idle', d: Array.from({ length: stages }, function (ignored, s) {
      return 'M' + LEFT + ' ' + (TOP + s * height + 1) + 'h' + width + 'v' + (height - 2) + 'h-' + width + 'z';
    }).join('') });
    const shapes = new Map();
    const labels = [];
    for (let i = 0; i < count; i++) {
      const p = pass(i);
      const hue = (7 + p[3] * 5) % HUES;
      const key = hue * 2 + p[4];
      const w = Math.max(0.3, (p[2] - p[1]) / timeline.parts * width - (width / count > 2 ? 0.6 : 0.1));
      const y = TOP + p[0] * height + 1;
      if (!shapes.has(key)) { shapes.set(key, []); }
      shapes.get(key).push('M' + x(p[1]).toFixed(2) + ' ' + y + 'h' + w.toFixed(2) + 'v' + (height - 2) + 'h-' + w.toFixed(2) + 'z');
      if (w > 16) { labels.push([x(p[1]) + w / 2, y + height * 0.68, p[3]]); }
    }
    shapes.forEach(function (parts, key) {
      add('path', { class: key % 2 ? 'backward' : 'forward', d: parts.join(''), fill: 'hsl(' + Math.floor(key / 2) * 30 + ' 42% ' + (key % 2 ? 47 : 70) + '%)' });
    });
    labels.forEach(function (label) { add('text', { x: label[0], y: label[1], class: 'batch' }, String(label[2])); });
    if (timeline.tail !== undefined) {
      add('rect', { x: x(timeline.tail), y: TOP + 1, width: Math.max(1, x(timeline.parts) - x(timeline.tail)), height: stages * height - 2, class: 'tail' });
    }
    const from = x(timeline.step[0]);
    const to = x(timeline.step[1]);
    add('path', { class: 'step', d: 'M' + from + ' ' + (TOP + stages * height) + 'V14H' + to + 'V' + (TOP + stages * height) });
    const middle = Math.min(Math.max((from + to) / 2, LEFT + 90), LEFT + width - 90);
    add('text', { x: middle, y: 10, class: 'axis', 'text-anchor': 'middle' }, timeline.stepWords);
    add('text', { x: LEFT, y: TOP + stages * height + 16, class: 'axis' }, '0');
    add('text', { x: LEFT + width, y: TOP + stages * height + 16, class: 'axis', 'text-anchor': 'end' }, number(timeline.millis) + ' ms');
    box.replaceChildren(svg);
    box.dataset.height = String(height);
  }

  // The pass under the pointer, in words.
  box.addEventListener('mousemove', function (event) {
    const scale = Math.max(260, box.clientWidth) / box.clientWidth;
    const frame = box.getBoundingClientRect();
    const part = ((event.clientX - frame.left) * scale - LEFT) / (Math.max(260, box.clientWidth) - LEFT - 8) * timeline.parts;
    const stage = Math.floor(((event.clientY - frame.top) * scale - TOP) / Number(box.dataset.height));
    box.title = '';
    for (let i = 0; i < count; i++) {
      const p = pass(i);
      if (p[0] === stage && p[1] <= part && part < p[2]) {
        box.title = 'stage ' + stage + ', micro-batch ' + p[3] + (p[4] ? ', backward' : '') + ': ' + number(millis(p[1])) + ' to ' + number(millis(p[2])) + ' ms';
        return;
      }
    }
  });

  const MOST_ROWS = 400;
  document.getElementById('timeline-numbers').append(rackplan.alternative(function () {
    const shown = Math.min(count, MOST_ROWS);
    return rackplan.table(shown < count ? 'The first ' + shown + ' of ' + count + ' passes' : 'Passes', ['stage', 'micro-batch', 'pass', 'starts [ms]', 'ends [ms]'],
      Array.from({ length: shown }, function (ignored, i) {
        const p = pass(i);
        return [String(p[0]), String(p[3]), p[4] ? 'backward' : 'forward', millis(p[1]), millis(p[2])];
      }));
  }, 'Numbers of this drawing'));
  draw();
  document.addEventListener('rackplan-width', draw);
})();
