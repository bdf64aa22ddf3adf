// Bytes between the domains of the chosen layer's stage: a square for each pair.
(function () {
  'use strict';
  const box = document.getElementById('traffic');
  if (!box) { return; }
  const number = rackplan.number;
  const make = rackplan.make;
  // Beyond so many domains a square is too narrow for its number.
  const MOST_NUMBERS = 9;
  let layer = null;
  const narrow = window.matchMedia('(max-width: 700px)');

  function pairs() {
    return layer.traffic.flatMap(function (row, from) {
      return row.map(function (v, to) { return { from: from, to: to, mb: v }; }).filter(function (pair) { return pair.from !== pair.to; });
    });
  }

  function words() {
    if (layer.domains.length === 1) {
      return 'The stage lies within one domain: nothing crosses the network between domains.';
    }
    const all = pairs();
    const most = all.reduce(function (a, b) { return b.mb > a.mb ? b : a; });
    if (most.mb === 0) {
      return 'No token is sent to an expert of another domain: GPUs gather all tokens and sum up parts, or each token finds its experts in its own domain.';
    }
    const mean = all.reduce(function (sum, pair) { return sum + pair.mb; }, 0) / all.length;
    return 'Layer ' + layer.layer + ', one micro-batch, dispatch and combine: at most ' + number(most.mb) + ' MB, from ' + layer.domains[most.from]
      + ' to ' + layer.domains[most.to] + '; ' + number(mean) + ' MB in the mean of ' + all.length + ' pairs. Rows send, columns receive.';
  }

  function square(mb, least, most) {
    const share = most > least ? (mb - least) / (most - least) : 0;
    const cell = make('div', 'cell', number(mb));
    cell.style.backgroundColor = rackplan.shade(share);
    cell.style.color = rackplan.inkOn(share);
    return cell;
  }

  function draw() {
    if (!layer) { return; }
    document.getElementById('traffic-words').textContent = words();
    box.replaceChildren();
    const all = layer.domains.length > 1 ? pairs().map(function (pair) { return pair.mb; }) : [0];
    const most = Math.max.apply(null, all);
    document.getElementById('traffic-numbers').hidden = most === 0;
    box.hidden = most === 0;
    if (most === 0) { return; }
    const least = Math.min.apply(null, all);
    const count = layer.domains.length;
    box.className = 'matrix' + (count > (narrow.matches ? 4 : MOST_NUMBERS) ? ' dense' : '');
    box.style.gridTemplateColumns = 'max-content repeat(' + count + ', minmax(0, 1fr))';
    box.append(make('div', 'top', ''));
    layer.domains.forEach(function (name, i) {
      const top = make('div', 'top', count <= 32 || i % 8 === 0 ? String(i) : '');
      top.title = name;
      box.append(top);
    });
    layer.traffic.forEach(function (row, from) {
      const side = make('div', 'side', String(from));
      const name = make('span', '', ' ' + layer.domains[from]);
      if (count <= 32) { side.append(name); }
      box.append(side);
      row.forEach(function (mb, to) {
        const cell = from === to ? make('div', 'cell', '') : square(mb, least, most);
        cell.title = from === to ? layer.domains[from] + ': its own' : layer.domains[from] + ' to ' + layer.domains[to] + ': ' + number(mb) + ' MB';
        box.append(cell);
      });
    });
  }

  document.getElementById('traffic-numbers').append(rackplan.alternative(function () {
    return rackplan.table('MB from domain to domain, layer ' + layer.layer, ['from', 'to', 'MB'], pairs().map(function (pair) {
      return [layer.domains[pair.from], layer.domains[pair.to], pair.mb];
    }));
  }, 'Numbers of this drawing'));
  document.addEventListener('rackplan-layer', function (event) {
    layer = event.detail;
    document.querySelectorAll('#traffic-numbers details').forEach(function (details) { details.open = false; });
    draw();
  });
  document.addEventListener('rackplan-colours', draw);
  narrow.addEventListener('change', draw);
})();
