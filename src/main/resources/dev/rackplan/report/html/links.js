// How long the chosen layer keeps each link busy: a table, and bars under the domains of the racks.
(function () {
  'use strict';
  const box = document.getElementById('links');
  if (!box) { return; }
  const number = rackplan.number;
  const make = rackplan.make;
  const MOST_ROWS = 20;

  function bars(layer, most) {
    document.querySelectorAll('.domain .links').forEach(function (bar) { bar.remove(); });
    layer.links.forEach(function (link, i) {
      link[1].forEach(function (domain) {
        document.querySelectorAll('.domain[data-index="' + domain + '"]').forEach(function (place) {
          let bar = place.querySelector('.links');
          if (!bar) {
            bar = make('div', 'links');
            place.append(bar);
          }
          const line = make('div', i === 0 ? 'binds' : '');
          line.style.width = (100 * link[2] / most) + '%';
          line.title = link[0] + ': ' + number(link[2]) + ' us' + (i === 0 ? ', binds' : '');
          bar.append(line);
        });
      });
    });
  }

  function draw(layer) {
    box.replaceChildren();
    if (layer.links.length === 0) {
      bars(layer, 1);
      box.append(make('p', '', 'No token is sent from GPU to GPU.'));
      return;
    }
    const most = layer.links[0][2];
    bars(layer, most);
    box.append(rackplan.table(
      'Fullest links of each kind and domain, layer ' + layer.layer + ', one micro-batch, dispatch and combine; the first binds',
      ['link', 'time [us]', 'of the first [%]'],
      layer.links.slice(0, MOST_ROWS).map(function (link) { return [link[0], link[2], Math.round(100 * link[2] / most)]; })));
    if (layer.links.length > MOST_ROWS) {
      box.append(make('p', '', 'and ' + (layer.links.length - MOST_ROWS) + ' more that take less.'));
    }
  }

  document.addEventListener('rackplan-layer', function (event) { draw(event.detail); });
})();
