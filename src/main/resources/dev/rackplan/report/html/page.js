// What every page shares: its data, numbers in words, colours, charts and their tables. Charts are drawn anew where
// colours change and fitted where the width does.
const rackplan = (function () {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const print = window.matchMedia('print');
  const drawn = [];

  function isDark() {
    const chosen = document.documentElement.dataset.theme;
    return !print.matches && (chosen ? chosen === 'dark' : dark.matches);
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function palette() {
    return ['--c0', '--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7'].map(colour);
  }

  // From least to most in one hue, so that print and colour-blind readers see the order; share in [0, 1].
  function shade(share) {
    const s = Math.max(0, Math.min(1, share));
    return isDark()
      ? 'hsl(' + (16 + 16 * s) + ' ' + (45 + 45 * s) + '% ' + (20 + 45 * s) + '%)'
      : 'hsl(22 85% ' + (94 - 52 * s) + '%)';
  }

  // Readable on shade(share).
  function inkOn(share) {
    return isDark() && share < 0.55 ? '#fff' : '#000';
  }

  function number(value) {
    return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)
      ? value.toExponential(2).replace(/\.?0+e\+?/, 'e')
      : Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
  }

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  // A plain table; numbers to the right.
  function table(caption, header, rows) {
    const made = make('table');
    made.append(make('caption', '', caption));
    const head = made.createTHead().insertRow();
    header.forEach(function (name, i) {
      const cell = make('th', rows.length > 0 && typeof rows[0][i] === 'number' ? 'number' : '', name);
      cell.scope = 'col';
      head.append(cell);
    });
    const body = made.createTBody();
    rows.forEach(function (row) {
      const line = body.insertRow();
      row.forEach(function (value) {
        line.append(make('td', typeof value === 'number' ? 'number' : '', typeof value === 'number' ? number(value) : value));
      });
    });
    return made;
  }

  // What is drawn, as a table that is made when it is asked for.
  function alternative(make_, words) {
    const details = make('details', 'alternative');
    details.append(make('summary', '', words));
    const box = make('div', 'scroll');
    box.tabIndex = 0;
    box.setAttribute('role', 'region');
    box.setAttribute('aria-label', words);
    details.append(box);
    details.addEventListener('toggle', function () {
      if (details.open) { box.replaceChildren(make_()); }
    });
    return details;
  }

  function tooltip(more) {
    return Object.assign({
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colour('--paper'),
      borderColor: colour('--line'),
      textStyle: { color: colour('--ink') }
    }, more);
  }

  function axis(spec, gap) {
    const ink = colour('--faint');
    return {
      type: spec.log ? 'log' : 'value',
      name: spec.name,
      nameLocation: 'middle',
      nameGap: gap,
      nameTextStyle: { color: ink },
      scale: Boolean(spec.scale),
      min: spec.log ? 'dataMin' : undefined,
      axisLabel: { color: ink, formatter: number, hideOverlap: true },
      axisLine: { show: true, lineStyle: { color: colour('--line') } },
      splitLine: { lineStyle: { color: colour('--line'), opacity: 0.6 } }
    };
  }

  // Room for the longest number beside a vertical axis, in px.
  function labelRoom(chart) {
    const values = chart.series.flatMap(function (series) { return series.points.map(function (point) { return point[1]; }); });
    const most = values.length ? Math.max.apply(null, values.map(Math.abs)) : 0;
    return 14 + 6.5 * Math.max(3, number(1.2 * most).split('.')[0].length);
  }

  function legend(show) {
    return { show: show, type: 'scroll', top: 0, left: 0, right: 0, itemWidth: 14, itemHeight: 9, textStyle: { color: colour('--ink') }, pageTextStyle: { color: colour('--ink') }, pageIconColor: colour('--link') };
  }

  // A vertical line where something happens, named at its top.
  function marks(chart) {
    return {
      silent: true,
      symbol: 'none',
      lineStyle: { color: colour('--faint'), type: 'dashed' },
      label: { color: colour('--ink'), formatter: '{b}', position: 'insideEndTop' },
      data: (chart.marks || []).map(function (mark) { return { name: mark.name, xAxis: mark.x }; })
    };
  }

  // For each category two bars from the same line, the widest on top.
  function tornado(chart, narrow) {
    const ink = colour('--ink');
    return {
      animation: false,
      color: palette(),
      legend: legend(chart.series.length > 1),
      tooltip: tooltip({ valueFormatter: number, axisPointer: { type: 'shadow' } }),
      grid: { left: 8, right: 20, top: chart.series.length > 1 ? 36 : 12, bottom: 40, containLabel: true },
      xAxis: axis(chart.x, 30),
      yAxis: { type: 'category', inverse: true, data: chart.categories, axisLabel: { color: ink, width: narrow ? 110 : 320, overflow: 'break' }, axisTick: { show: false }, axisLine: { onZero: false, lineStyle: { color: colour('--line') } } },
      series: chart.series.map(function (side) {
        return { name: side.name, type: 'bar', barGap: '-100%', barMaxWidth: 26, data: side.values };
      })
    };
  }

  // Points of one kind by colour, then by shape; each named where it is pointed at.
  function scatter(chart) {
    const shapes = ['circle', 'triangle', 'rect', 'diamond'];
    const colours = palette();
    const lines = marks(chart);
    const across = axis(chart.x, 28);
    const up = axis(chart.y, labelRoom(chart));
    // Both axes alike, from corner to corner: a line that leaves them is not drawn at all.
    if (chart.equal) {
      const values = chart.series.flatMap(function (series) { return series.points.flatMap(function (point) { return point.slice(0, 2); }); });
      const least = Math.min.apply(null, values);
      const most = Math.max.apply(null, values);
      [across, up].forEach(function (side) { side.min = least; side.max = most; });
      lines.data.push([{ coord: [least, least] }, { coord: [most, most] }]);
    }
    if (chart.level !== undefined) { lines.data.push({ name: '', yAxis: chart.level }); }
    return {
      animation: false,
      color: colours,
      legend: legend(true),
      tooltip: tooltip({
        trigger: 'item',
        formatter: function (point) {
          return [point.seriesName, point.value[2], chart.x.name + ': ' + number(point.value[0]), chart.y.name + ': ' + number(point.value[1])].filter(Boolean).join('\n');
        }
      }),
      grid: { left: labelRoom(chart) + 18, right: 24, top: 44, bottom: 48 },
      xAxis: across,
      yAxis: up,
      series: chart.series.map(function (series, index) {
        return {
          name: series.name,
          type: series.line ? 'line' : 'scatter',
          lineStyle: { width: 2, color: colour('--ink') },
          itemStyle: series.line ? { color: colour('--ink') } : { opacity: 0.8 },
          symbol: series.symbol || shapes[Math.floor(index / colours.length) % shapes.length],
          symbolSize: series.symbol ? 16 : series.line ? 4 : 8,
          z: series.symbol ? 5 : 2,
          data: series.points,
          markLine: index === 0 ? lines : undefined
        };
      })
    };
  }

  function curves(chart) {
    return {
      animation: false,
      color: palette(),
      textStyle: { color: colour('--ink') },
      legend: legend(true),
      tooltip: tooltip({
        formatter: function (points) {
          return [chart.x.name + ': ' + number(points[0].value[0])].concat(points.map(function (point) {
            return point.seriesName + ': ' + number(point.value[1]);
          })).join('\n');
        }
      }),
      grid: { left: labelRoom(chart) + 18, right: 24, top: 44, bottom: 48 },
      xAxis: axis(chart.x, 28),
      yAxis: axis(chart.y, labelRoom(chart)),
      series: chart.series.map(function (series, index) {
        return {
          name: series.name,
          type: 'line',
          symbol: series.symbol || 'circle',
          symbolSize: series.symbol ? 14 : 5,
          lineStyle: { width: series.bold ? 3 : 1.5, type: series.bold ? 'solid' : 'dashed' },
          data: series.points,
          markLine: index === 0 ? marks(chart) : undefined
        };
      })
    };
  }

  const kinds = { scatter: scatter, tornado: tornado, curves: curves };

  // The numbers of a chart: a row for each category, or for each point.
  function tableOf(chart, caption) {
    if (chart.kind === 'tornado') {
      return table(caption, ['what'].concat(chart.series.map(function (side) { return chart.series.length > 1 ? side.name : chart.x.name; })),
        chart.categories.map(function (name, i) { return [name].concat(chart.series.map(function (side) { return side.values[i]; })); }));
    }
    const named = chart.series.some(function (series) { return series.points.some(function (point) { return point.length > 2; }); });
    return table(caption, ['of', chart.x.name, chart.y.name].concat(named ? ['name'] : []), chart.series.flatMap(function (series) {
      return series.points.map(function (point) { return [series.name, point[0], point[1]].concat(named ? [point[2] || ''] : []); });
    }));
  }

  function draw() {
    drawn.splice(0).forEach(function (chart) { chart.dispose(); });
    document.querySelectorAll('[data-chart]').forEach(function (element) {
      const drawing = data.charts[element.dataset.chart];
      if (drawing.kind === 'tornado') {
        element.style.height = Math.max(10, 6 + 1.7 * drawing.categories.length) + 'rem';
      }
      const chart = echarts.init(element);
      chart.setOption(kinds[drawing.kind](drawing, element.clientWidth < 600));
      drawn.push(chart);
    });
    document.dispatchEvent(new Event('rackplan-colours'));
  }

  function fit() {
    drawn.forEach(function (chart) { chart.resize(); });
    document.dispatchEvent(new Event('rackplan-width'));
  }

  document.getElementById('theme').addEventListener('click', function (event) {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    event.currentTarget.setAttribute('aria-pressed', String(isDark()));
    draw();
  });
  document.querySelectorAll('[data-chart]').forEach(function (element) {
    element.after(alternative(function () { return tableOf(data.charts[element.dataset.chart], element.getAttribute('aria-label')); }, 'Numbers of this chart'));
  });
  draw();
  dark.addEventListener('change', draw);
  print.addEventListener('change', draw);
  window.addEventListener('resize', fit);
  return { data: data, colour: colour, shade: shade, inkOn: inkOn, number: number, make: make, table: table, alternative: alternative };
})();
