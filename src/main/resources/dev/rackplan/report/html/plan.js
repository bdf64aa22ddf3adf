// Draws a plan: GPUs in their racks, traffic between domains and the stages' timeline.
(function () {
  'use strict';
  const plan = JSON.parse(document.getElementById('data').textContent).plan;
  const colour = document.getElementById('colour');
  const slider = document.getElementById('layer');
  const said = document.getElementById('said');
  const cells = [];
  // Bars of each domain's links, by its index.
  const bars = {};

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  function number(value) {
    return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
  }

  // From pale to strong in one hue, so that print and colour-blind readers see the order; share in [0, 1].
  function shade(share) {
    return 'hsl(22 85% ' + (94 - 52 * Math.max(0, Math.min(1, share))) + '%)';
  }

  function drawRacks() {
    const box = document.getElementById('racks');
    plan.racks.forEach(function (rack) {
      const rackBox = make('div', 'rack');
      rackBox.append(make('div', 'label', rack.name));
      rack.domains.forEach(function (domain) {
        const domainBox = make('div', 'domain');
        domainBox.title = domain.name;
        domain.nodes.forEach(function (node, n) {
          const row = make('div', 'node');
          node.forEach(function (gpu, g) {
            const cell = make('span', 'gpu');
            cell.dataset.place = gpu.join(',');
            cells.push({ element: cell, place: gpu, name: domain.name + ', node ' + n + ', GPU ' + g });
            row.append(cell);
          });
          domainBox.append(row);
        });
        if (plan.layers.length > 0) {
          const bar = make('div', 'links');
          (bars[domain.index] = bars[domain.index] || []).push(bar);
          domainBox.append(bar);
        }
        rackBox.append(domainBox);
      });
      box.append(rackBox);
    });
  }

  const units = { seconds: 'us of expert time', load: 'expert choices a token', bytes: 'MB received' };
  const elsewhere = { '-1': 'another replica', '-2': 'drained', '-3': 'not used' };

  function value(cell, by, layer) {
    const stage = cell.place[0];
    if (stage < 0) { return null; }
    if (by === 'stage') { return stage; }
    if (by === 'memory') { return plan.stages[stage].memory; }
    return layer.stage === stage ? layer[by][cell.place[1]] : null;
  }

  function slice(rank) {
    return plan.slices > 1 ? ', slice ' + rank % plan.slices + ' of ' + plan.slices + ' of each expert' : '';
  }

  function paint() {
    const by = colour.value;
    const layer = slider ? plan.layers[Number(slider.value)] : null;
    const values = cells.map(function (cell) { return value(cell, by, layer); });
    const known = values.filter(function (v) { return v !== null; });
    const most = Math.max.apply(null, known);
    const least = Math.min.apply(null, known);
    cells.forEach(function (cell, i) {
      const v = values[i];
      const none = v === null;
      const share = by === 'memory' ? v / plan.memoryLimit
        : by === 'stage' ? (most ? v / most : 0)
        : most > least ? (v - least) / (most - least) : 0;
      cell.element.classList.toggle('none', none);
      cell.element.style.backgroundColor = none ? '' : shade(share);
      const what = none
        ? elsewhere[String(cell.place[0])] || 'stage ' + cell.place[0] + ', not of this layer'
        : by === 'memory' ? number(v / 1e9) + ' GB of ' + number(plan.memoryLimit / 1e9) + ' GB usable'
        : by === 'stage' ? 'stage ' + v + ', rank ' + cell.place[1]
        : number(v) + ' ' + units[by] + slice(cell.place[1]);
      cell.element.title = cell.name + ': ' + what;
    });
    say(by, layer, known, most);
    drawTraffic(layer);
    drawLinks(layer);
  }

  function say(by, layer, known, most) {
    const replicas = plan.replicas > 1 ? ' The first of ' + plan.replicas + ' replicas; the others do the same.' : '';
    if (!layer || by === 'memory' || by === 'stage') {
      said.textContent = by === 'stage'
        ? plan.stages.length + ' stage' + (plan.stages.length > 1 ? 's' : '') + ', pale the first.' + replicas
        : 'Strong is full: ' + number(plan.memoryLimit / 1e9) + ' GB of a GPU are usable.' + replicas;
      return;
    }
    const mean = known.reduce(function (a, b) { return a + b; }, 0) / known.length;
    said.textContent = 'Layer ' + layer.layer + ' (stage ' + layer.stage + ', routing "' + layer.scenario + '"): at most '
      + number(most) + ' ' + units[by] + ', ' + number(mean) + ' in the mean; balance ' + (most ? (mean / most).toFixed(3) : '1') + '.' + replicas;
  }

  // Under each domain the links above it, as long as they take; the one that binds is dark.
  function drawLinks(layer) {
    const box = document.getElementById('links');
    if (!box) { return; }
    box.replaceChildren();
    Object.keys(bars).forEach(function (domain) { bars[domain].forEach(function (bar) { bar.replaceChildren(); }); });
    if (layer.links.length === 0) {
      box.append(make('p', '', 'No token is sent from GPU to GPU.'));
      return;
    }
    const most = layer.links[0][2];
    layer.links.forEach(function (link, i) {
      link[1].forEach(function (domain) {
        (bars[domain] || []).forEach(function (bar) {
          const line = make('div', i === 0 ? 'binds' : '');
          line.style.width = (100 * link[2] / most) + '%';
          line.title = link[0] + ': ' + number(link[2]) + ' us' + (i === 0 ? ', binds' : '');
          bar.append(line);
        });
      });
    });
    const table = make('table', 'heat');
    table.append(make('caption', '', 'Fullest links of each kind and domain, layer ' + layer.layer + ', one micro-batch, dispatch and combine; the first binds'));
    const head = make('tr');
    ['link', 'time [us]', 'of the first'].forEach(function (name) { head.append(make('th', '', name)); });
    table.append(head);
    layer.links.slice(0, 20).forEach(function (link) {
      const line = make('tr');
      line.append(make('th', '', link[0]));
      line.append(make('td', '', number(link[2])));
      line.append(make('td', '', Math.round(100 * link[2] / most) + '%'));
      table.append(line);
    });
    box.append(table);
    if (layer.links.length > 20) {
      box.append(make('p', '', 'and ' + (layer.links.length - 20) + ' more that take less.'));
    }
  }

  function drawTraffic(layer) {
    const box = document.getElementById('traffic');
    if (!box) { return; }
    box.replaceChildren();
    if (layer.domains.length === 1) {
      box.append(make('p', '', 'The stage lies within one domain: nothing crosses the network between domains.'));
      return;
    }
    const between = layer.traffic.flatMap(function (row, from) { return row.filter(function (v, to) { return from !== to; }); });
    const most = Math.max.apply(null, between);
    const least = Math.min.apply(null, between);
    if (most === 0) {
      box.append(make('p', '', 'No token is sent to an expert of another domain: GPUs gather all tokens and sum up parts, or each token finds its experts in its own domain.'));
      return;
    }
    const table = make('table', 'heat');
    table.append(make('caption', '', 'MB from domain (row) to domain (column), layer ' + layer.layer + ', one micro-batch, dispatch and combine; pale is least'));
    const head = make('tr');
    head.append(make('th', '', 'from'));
    layer.domains.forEach(function (name) { head.append(make('th', '', name)); });
    table.append(head);
    layer.traffic.forEach(function (row, from) {
      const line = make('tr');
      line.append(make('th', '', layer.domains[from]));
      row.forEach(function (v, to) {
        const cell = make('td', '', from === to ? '' : number(v));
        if (from !== to) {
          const share = most > least ? (v - least) / (most - least) : 0;
          cell.style.backgroundColor = shade(share);
          cell.style.color = share > 0.6 ? '#fff' : '#111';
        }
        line.append(cell);
      });
      table.append(line);
    });
    box.append(table);
  }

  // When each pass of each micro-batch runs on each stage: [stage, start, end, micro-batch, backward].
  function schedule() {
    return plan.run ? ran() : roundRobin();
  }

  // Decode goes round: a micro-batch's next token starts when its last one left the last stage.
  function roundRobin() {
    const stages = plan.stages;
    const m = Math.min(plan.microBatches, 64);
    const rounds = stages.length === 1 && m === 1 ? 1 : 3;
    const free = stages.map(function () { return 0; });
    const ready = Array.from({ length: m }, function () { return 0; });
    const boxes = [];
    for (let round = 0; round < rounds; round++) {
      for (let b = 0; b < m; b++) {
        stages.forEach(function (stage, s) {
          const start = Math.max(free[s], ready[b]);
          const end = start + stage.seconds;
          boxes.push([s, start, end, b, false]);
          free[s] = end;
          ready[b] = end + stage.hop;
        });
      }
    }
    return { boxes: boxes, words: m < plan.microBatches ? 'The first ' + m + ' of ' + plan.microBatches + ' micro-batches.' : rounds + (rounds > 1 ? ' rounds of ' : ' round of ') + m + ' micro-batch' + (m > 1 ? 'es' : '') + '.' };
  }

  // The run that the step's time was read from; times in ms.
  function ran() {
    const boxes = plan.run.boxes.map(function (box) { return [box[0], box[1] / 1e3, box[2] / 1e3, box[3], box[4]]; });
    const shown = boxes.length < plan.run.count ? 'The first ' + boxes.length + ' of ' + plan.run.count + ' passes' : 'All ' + boxes.length + ' passes';
    return { boxes: boxes, end: plan.run.seconds, words: shown + ' of the ' + plan.run.schedule + ' run that the step is read from: ' + number(plan.run.seconds * 1e3) + ' ms; backward passes darker.' };
  }

  function drawTimeline() {
    const svgName = 'http://www.w3.org/2000/svg';
    const drawn = schedule();
    const end = drawn.end && drawn.boxes.length === plan.run.count ? drawn.end : Math.max.apply(null, drawn.boxes.map(function (box) { return box[2]; }));
    const height = plan.stages.length > 8 ? 16 : 26;
    const left = 70;
    const width = 1000;
    const svg = document.createElementNS(svgName, 'svg');
    svg.setAttribute('viewBox', '0 0 ' + (left + width + 10) + ' ' + (plan.stages.length * height + 26));
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', 'Micro-batches over stages and time');
    function add(name, attributes, text) {
      const element = document.createElementNS(svgName, name);
      Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
      if (text !== undefined) { element.textContent = text; }
      svg.append(element);
      return element;
    }
    plan.stages.forEach(function (stage, s) {
      add('text', { x: 0, y: s * height + height * 0.7, class: 'axis' }, 'stage ' + s);
      add('rect', { x: left, y: s * height + 1, width: width, height: height - 2, class: 'bubble' });
    });
    drawn.boxes.forEach(function (box) {
      const x = left + box[1] / end * width;
      const w = Math.max(0.5, (box[2] - box[1]) / end * width - 0.6);
      const rect = add('rect', { x: x, y: box[0] * height + 1, width: w, height: height - 2, class: box[4] ? 'backward' : 'forward' });
      rect.style.fill = 'hsl(' + (box[3] * 47 % 360) + ' 45% ' + (box[4] ? 40 : 62) + '%)';
      const title = document.createElementNS(svgName, 'title');
      title.textContent = 'micro-batch ' + box[3] + (box[4] ? ', backward' : '') + ', ' + number((box[2] - box[1]) * 1e3) + ' ms';
      rect.append(title);
      if (w > 16) { add('text', { x: x + w / 2, y: box[0] * height + height * 0.7, class: 'batch' }, String(box[3])); }
    });
    add('text', { x: left, y: plan.stages.length * height + 16, class: 'axis' }, '0');
    add('text', { x: left + width, y: plan.stages.length * height + 16, class: 'axis', 'text-anchor': 'end' }, number(end * 1e3) + ' ms');
    const box = document.getElementById('timeline');
    box.append(svg);
    box.append(make('p', '', drawn.words.replace('hatched', 'dark') + ' Grey is idle.'));
  }

  drawRacks();
  paint();
  drawTimeline();
  colour.addEventListener('change', paint);
  if (slider) { slider.addEventListener('input', paint); }
  document.documentElement.dataset.drawnMillis = String(Math.round(performance.now()));
})();
