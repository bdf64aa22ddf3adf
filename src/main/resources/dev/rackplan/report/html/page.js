// Draws every chart of the page from the data island; drawn anew where colours change, fitted where the width does.
(function () {
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
    return isDark()
      ? ['#58a6ff', '#3fb950', '#d29922', '#f778ba', '#a371f7', '#56d4dd']
      : ['#0969da', '#1a7f37', '#9a6700', '#bf3989', '#8250df', '#1b7c83'];
  }

  function tooltip(more) {
    return Object.assign({
      trigger: 'axis',
      renderMode: 'richText',
      backgroundColor: colour('--paper'),
      borderColor: colour('--line'),
      textStyle: { color: colour('--ink') }
    }, more);
  }

  function number(value) {
    return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
      ? value.toExponential(2).replace(/\.?0+e\+?/, 'e')
      : Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });
  }

  function axis(spec) {
    const ink = colour('--faint');
    return {
      type: spec.log ? 'log' : 'value',
      name: spec.name,
      nameLocation: 'middle',
      nameGap: spec.gap,
      nameTextStyle: { color: ink },
      min: spec.log ? 'dataMin' : undefined,
      axisLabel: { color: ink, formatter: number, hideOverlap: true },
      axisLine: { show: true, lineStyle: { color: colour('--line') } },
      splitLine: { lineStyle: { color: colour('--line'), opacity: 0.6 } }
    };
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

  // Part on part for each category, the limit as a line.
  function bars(chart) {
    const ink = colour('--ink');
    return {
      animation: false,
      color: palette(),
      legend: { top: 0, textStyle: { color: ink } },
      tooltip: tooltip({ valueFormatter: number }),
      grid: { left: 70, right: 30, top: 50, bottom: 35 },
      xAxis: { type: 'category', data: chart.categories, axisLabel: { color: colour('--faint') }, axisLine: { lineStyle: { color: colour('--line') } } },
      yAxis: Object.assign(axis(Object.assign({ gap: 52 }, chart.y)), { max: function (range) { return Math.ceil(Math.max(range.max, chart.limit) * 1.05); } }),
      series: chart.series.map(function (part, index) {
        return {
          name: part.name,
          type: 'bar',
          stack: 'all',
          barMaxWidth: 60,
          data: part.values,
          markLine: index > 0 ? undefined : { silent: true, symbol: 'none', lineStyle: { color: colour('--faint'), type: 'dashed' }, label: { color: ink, formatter: 'usable', position: 'insideEndTop' }, data: [{ yAxis: chart.limit }] }
        };
      })
    };
  }

  // For each category two bars from the same line, the widest on top.
  function tornado(chart) {
    const ink = colour('--ink');
    return {
      animation: false,
      color: palette(),
      legend: { show: chart.series.length > 1, top: 0, textStyle: { color: ink } },
      tooltip: tooltip({ valueFormatter: number, axisPointer: { type: 'shadow' } }),
      grid: { left: 30, right: 30, top: 50, bottom: 40, containLabel: true },
      xAxis: axis(Object.assign({ gap: 30 }, chart.x)),
      yAxis: { type: 'category', inverse: true, data: chart.categories, axisLabel: { color: ink }, axisTick: { show: false }, axisLine: { onZero: false, lineStyle: { color: colour('--line') } } },
      series: chart.series.map(function (side) {
        return { name: side.name, type: 'bar', barGap: '-100%', barMaxWidth: 26, data: side.values };
      })
    };
  }

  // Points of one kind by colour, then by shape; each named where it is pointed at.
  function scatter(chart) {
    const ink = colour('--ink');
    const shapes = ['circle', 'triangle', 'rect', 'diamond'];
    const colours = palette();
    // A line that leaves the axes is not drawn at all: from the larger start to the smaller end.
    const points = chart.series.flatMap(function (series) { return series.points; });
    const ends = function (side) {
      return [0, 1].map(function (i) { return points.reduce(function (best, point) { return side(best, point[i]); }, points[0][i]); });
    };
    const least = points.length === 0 ? 1 : Math.max.apply(null, ends(Math.min));
    const most = points.length === 0 ? 1 : Math.min.apply(null, ends(Math.max));
    const equal = { silent: true, symbol: 'none', lineStyle: { color: colour('--faint'), type: 'dashed' }, data: chart.equal ? [[{ coord: [least, least] }, { coord: [most, most] }]] : [{ yAxis: 1 }], label: { show: false } };
    return {
      animation: false,
      color: colours,
      legend: { top: 0, itemWidth: 12, itemHeight: 9, textStyle: { color: ink } },
      tooltip: tooltip({
        trigger: 'item',
        formatter: function (point) {
          return [point.seriesName, point.value[2], chart.x.name + ': ' + number(point.value[0]), chart.y.name + ': ' + number(point.value[1])].join('\n');
        }
      }),
      grid: { left: 70, right: 30, top: 60, bottom: 55 },
      xAxis: axis(Object.assign({ gap: 30 }, chart.x)),
      yAxis: axis(Object.assign({ gap: 52 }, chart.y)),
      series: chart.series.map(function (series, index) {
        return {
          name: series.name,
          type: 'scatter',
          symbol: shapes[Math.floor(index / colours.length) % shapes.length],
          symbolSize: 6,
          itemStyle: { opacity: 0.7 },
          data: series.points,
          markLine: index === 0 ? equal : undefined
        };
      })
    };
  }

  function option(chart) {
    if (chart.kind === 'scatter') { return scatter(chart); }
    if (chart.kind === 'bars') { return bars(chart); }
    if (chart.kind === 'tornado') { return tornado(chart); }
    return {
      animation: false,
      aria: { enabled: false },
      color: palette(),
      textStyle: { color: colour('--ink') },
      legend: { top: 0, textStyle: { color: colour('--ink') } },
      tooltip: tooltip({
        formatter: function (points) {
          return [chart.x.name + ': ' + number(points[0].value[0])].concat(points.map(function (point) {
            return point.seriesName + ': ' + number(point.value[1]);
          })).join('\n');
        }
      }),
      grid: { left: 70, right: 30, top: 50, bottom: 55 },
      xAxis: axis(Object.assign({ gap: 30 }, chart.x)),
      yAxis: axis(Object.assign({ gap: 52 }, chart.y)),
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

  function draw() {
    drawn.splice(0).forEach(function (chart) { chart.dispose(); });
    document.querySelectorAll('[data-chart]').forEach(function (element) {
      const drawing = data.charts[element.dataset.chart];
      if (drawing.kind === 'scatter') {
        element.style.height = '34rem';
      }
      if (drawing.kind === 'tornado' && drawing.categories.length > 12) {
        element.style.height = 8 + 1.5 * drawing.categories.length + 'rem';
      }
      const chart = echarts.init(element);
      chart.setOption(option(drawing));
      drawn.push(chart);
    });
  }

  function fit() {
    drawn.forEach(function (chart) { chart.resize(); });
  }

  document.getElementById('theme').addEventListener('click', function (event) {
    document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
    event.currentTarget.setAttribute('aria-pressed', String(isDark()));
    draw();
  });
  draw();
  dark.addEventListener('change', draw);
  print.addEventListener('change', draw);
  window.addEventListener('resize', fit);
})();
