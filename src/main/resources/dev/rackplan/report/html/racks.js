// GPUs in their racks, coloured by what is chosen, with a legend and the figures of the GPU that is picked.
(function () {
  'use strict';
  const plan = rackplan.data.plan;
  const make = rackplan.make;
  const number = rackplan.number;
  const box = document.getElementById('racks');
  const by = document.getElementById('colour');
  const slider = document.getElementById('layer');
  const cells = [];
  let picked = -1;

  const units = { seconds: 'us', load: 'expert choices a token', bytes: 'MB', memory: 'GB' };
  const names = { seconds: 'Expert time', load: 'Load', bytes: 'Traffic received', memory: 'Memory' };
  const elsewhere = { '-1': 'drained', '-2': plan.idle };

  // Columns follow each other by keyboard: rows of a domain are as long as its nodes.
  function drawRacks() {
    const gpus = plan.racks.reduce(function (sum, rack) {
      return sum + rack.domains.reduce(function (n, domain) { return n + domain.nodes.reduce(function (m, node) { return m + node.length; }, 0); }, 0);
    }, 0);
    const size = gpus <= 160 ? [1.7, 1.15] : gpus <= 600 ? [1.15, 0.85] : [0.72, 0.58];
    box.style.setProperty('--w', size[0] + 'rem');
    box.style.setProperty('--h', size[1] + 'rem');
    plan.racks.forEach(function (rack) {
      const rackBox = make('div', 'rack');
      rackBox.append(make('div', 'label', rack.name));
      rack.domains.forEach(function (domain) {
        const domainBox = make('div', 'domain');
        domainBox.dataset.index = domain.index;
        domain.nodes.forEach(function (node, n) {
          const row = make('div', 'node');
          node.forEach(function (gpu, g) {
            const element = make('span', 'gpu');
            element.dataset.cell = String(cells.length);
            cells.push({ element: element, replica: gpu[0], stage: gpu[1], rank: gpu[2], domain: domain.name, name: domain.name + ', node ' + n + ', GPU ' + g });
            row.append(element);
          });
          domainBox.append(row);
        });
        rackBox.append(domainBox);
      });
      box.append(rackBox);
    });
  }

  function layer() {
    return slider ? plan.layers[Number(slider.value)] : null;
  }

  // What a cell shows; null where it shows nothing.
  function value(cell) {
    if (cell.replica < 0) { return null; }
    if (by.value === 'stage') { return cell.stage; }
    if (by.value === 'replica') { return cell.replica; }
    if (by.value === 'memory') { return plan.memory[cell.stage]; }
    return cell.replica === 0 && layer().stage === cell.stage ? layer()[by.value][cell.rank] : null;
  }

  function isKind() {
    return by.value === 'stage' || by.value === 'replica';
  }

  // Hues apart for neighbours; few kinds have the charts' colours.
  function kindColour(v, count) {
    return count <= 8 ? rackplan.colour('--c' + v) : 'hsl(' + (v * 137.5 % 360) + ' 55% ' + (v % 2 ? 45 : 62) + '%)';
  }

  function words(cell) {
    if (cell.replica < 0) { return elsewhere[String(cell.replica)]; }
    const v = value(cell);
    const place = (plan.replicas > 1 ? 'replica ' + cell.replica + ', ' : '') + 'stage ' + cell.stage + ', rank ' + cell.rank;
    if (v === null) { return place + (cell.replica > 0 ? '' : ', not of this layer'); }
    if (by.value === 'memory') { return place + ', ' + number(v) + ' of ' + number(plan.memoryLimit) + ' GB'; }
    return isKind() ? place : place + ', ' + number(v) + ' ' + units[by.value];
  }

  // The experts of a layer on a GPU: those of its host, and which slice of them.
  function experts(cell) {
    const at = layer();
    if (!at || cell.replica !== 0 || at.stage !== cell.stage) { return ''; }
    const held = at.experts[Math.floor(cell.rank / plan.slices)];
    const slice = plan.slices > 1 ? 'slice ' + cell.rank % plan.slices + ' of ' + plan.slices + ' of ' : '';
    return '. Layer ' + at.layer + ': ' + slice + (held.length > 1 ? 'experts ' : 'expert ') + held.join(', ');
  }

  function describe() {
    document.getElementById('picked').textContent = picked < 0
      ? 'Pick a GPU for its figures and experts: by pointer, or with the arrow keys in the map.'
      : cells[picked].name + ': ' + words(cells[picked]) + experts(cells[picked]) + '.';
  }

  function pick(index) {
    if (picked >= 0) { cells[picked].element.classList.remove('picked'); }
    picked = index;
    cells[picked].element.classList.add('picked');
    cells[picked].element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    describe();
  }

  function paint() {
    const values = cells.map(value);
    const known = values.filter(function (v) { return v !== null; });
    const most = known.length ? Math.max.apply(null, known) : 0;
    const least = known.length ? Math.min.apply(null, known) : 0;
    const kinds = by.value === 'stage' ? plan.memory.length : plan.replicas;
    cells.forEach(function (cell, i) {
      const v = values[i];
      const share = by.value === 'memory' ? v / plan.memoryLimit : most > least ? (v - least) / (most - least) : 0.5;
      cell.element.classList.toggle('elsewhere', v === null && cell.replica >= 0);
      cell.element.classList.toggle('drained', cell.replica === -1);
      cell.element.classList.toggle('idle', cell.replica === -2);
      cell.element.style.backgroundColor = v === null ? '' : isKind() ? kindColour(v, kinds) : rackplan.shade(share);
      cell.element.title = cell.name + ': ' + words(cell);
    });
    say(known, most);
    legend(known, least, most, kinds);
    describe();
  }

  function say(known, most) {
    const replicas = plan.replicas > 1 ? ' Figures are of the first of ' + plan.replicas + ' replicas.' : '';
    const more = plan.moreGpus > 0 ? ' ' + number(plan.moreGpus) + ' more GPUs in other racks are not drawn.' : '';
    let text;
    if (isKind()) {
      text = plan.memory.length + ' stage' + (plan.memory.length > 1 ? 's' : '') + ', ' + plan.replicas + ' replica' + (plan.replicas > 1 ? 's' : '') + '.';
    } else if (by.value === 'memory') {
      text = 'Up to ' + number(most) + ' of ' + number(plan.memoryLimit) + ' GB usable on a GPU.' + replicas;
    } else {
      const mean = known.reduce(function (a, b) { return a + b; }, 0) / known.length;
      text = 'Layer ' + layer().layer + ', stage ' + layer().stage + ', routing "' + layer().scenario + '": at most ' + number(most) + ' ' + units[by.value]
        + ', ' + number(mean) + ' in the mean; balance ' + (most ? (mean / most).toFixed(3) : '1') + '.' + replicas;
    }
    document.getElementById('said').textContent = text + more;
  }

  function swatch(className, background, text) {
    const item = make('li');
    const square = make('span', 'swatch ' + className);
    if (background) { square.style.backgroundColor = background; }
    item.append(square, text);
    return item;
  }

  const MOST_KINDS = 24;
  function legend(known, least, most, kinds) {
    const place = document.getElementById('legend');
    place.replaceChildren();
    const list = make('ul', 'key');
    if (isKind()) {
      for (let k = 0; k < Math.min(kinds, MOST_KINDS); k++) { list.append(swatch('', kindColour(k, kinds), by.value + ' ' + k)); }
      if (kinds > MOST_KINDS) { list.append(make('li', '', 'and ' + (kinds - MOST_KINDS) + ' more')); }
    } else if (known.length) {
      place.append(make('h3', '', names[by.value] + ' [' + units[by.value] + ']'));
      const ramp = make('div', 'ramp');
      const colours = make('span', 'colours');
      const stops = by.value !== 'memory' && most === least ? [0.5, 0.5] : [0, 0.25, 0.5, 0.75, 1];
      colours.style.background = 'linear-gradient(90deg, ' + stops.map(rackplan.shade).join(', ') + ')';
      ramp.append(make('span', '', number(by.value === 'memory' ? 0 : least)), colours, make('span', '', number(by.value === 'memory' ? plan.memoryLimit : most)));
      place.append(ramp);
    }
    const counts = { elsewhere: 0, idle: 0, drained: 0 };
    cells.forEach(function (cell) {
      Object.keys(counts).forEach(function (name) { counts[name] += cell.element.classList.contains(name) ? 1 : 0; });
    });
    if (counts.elsewhere) { list.append(swatch('elsewhere', '', counts.elsewhere + ' of other replicas or stages')); }
    if (counts.idle) { list.append(swatch('idle', '', counts.idle + ' ' + plan.idle)); }
    if (counts.drained) { list.append(swatch('drained', '', counts.drained + ' drained')); }
    place.append(list);
  }

  // By domain: how many GPUs, and the least, mean and most of what is shown.
  function numbers() {
    const domains = new Map();
    cells.forEach(function (cell) {
      const v = value(cell);
      if (v === null) { return; }
      if (!domains.has(cell.domain)) { domains.set(cell.domain, []); }
      domains.get(cell.domain).push(v);
    });
    const rows = Array.from(domains, function (entry) {
      const values = entry[1];
      return [entry[0], values.length, Math.min.apply(null, values), values.reduce(function (a, b) { return a + b; }, 0) / values.length, Math.max.apply(null, values)];
    });
    return rackplan.table((names[by.value] || by.value) + ' by domain', ['domain', 'GPUs', 'least', 'mean', 'most'], rows);
  }

  function change() {
    document.querySelectorAll('#racks-numbers details').forEach(function (details) { details.open = false; });
    paint();
  }

  // Where the map scrolls, what is coloured comes into its window; the page stays where it is.
  function reveal() {
    const first = cells.find(function (cell) { return value(cell) !== null; });
    if (!first || box.scrollHeight <= box.clientHeight) { return; }
    const rack = first.element.closest('.rack');
    box.scrollTop = Math.max(0, rack.offsetTop - box.offsetTop - 4);
  }

  function changeLayer() {
    change();
    reveal();
    document.dispatchEvent(new CustomEvent('rackplan-layer', { detail: layer() }));
  }

  drawRacks();
  document.getElementById('racks-numbers').append(rackplan.alternative(numbers, 'Numbers of this map'));
  by.addEventListener('change', change);
  if (slider) {
    slider.addEventListener('input', changeLayer);
    changeLayer();
  } else {
    paint();
    reveal();
  }
  box.addEventListener('click', function (event) {
    if (event.target.dataset.cell) { pick(Number(event.target.dataset.cell)); }
  });
  box.addEventListener('keydown', function (event) {
    const row = picked < 0 ? 1 : cells[picked].element.parentElement.children.length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }[event.key];
    if (step === undefined) { return; }
    event.preventDefault();
    pick(picked < 0 ? 0 : Math.max(0, Math.min(cells.length - 1, picked + step)));
  });
  document.addEventListener('rackplan-colours', paint);
  document.documentElement.dataset.drawnMillis = String(Math.round(performance.now()));
})();
