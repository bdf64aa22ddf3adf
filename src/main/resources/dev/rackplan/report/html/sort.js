// Makes each column of each table sort by its heading: once upwards, again downwards; text and empty cells below.
(function () {
  'use strict';
  function key(cell) {
    const text = cell.textContent.trim();
    const number = Number(text.replace(/[*,]/g, ''));
    return text !== '' && text !== '-' && !Number.isNaN(number) ? number : text;
  }

  function compare(a, b) {
    if (typeof a !== typeof b) { return typeof a === 'number' ? -1 : 1; }
    return typeof a === 'number' ? a - b : a.localeCompare(b);
  }

  document.querySelectorAll('table.sortable').forEach(function (table) {
    table.classList.add('sorts');
    const body = table.tBodies[0];
    table.querySelectorAll('thead th').forEach(function (heading, column) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener('click', function () {
        const down = heading.getAttribute('aria-sort') === 'ascending';
        table.querySelectorAll('thead th').forEach(function (other) { other.removeAttribute('aria-sort'); });
        heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        Array.from(body.rows)
          .sort(function (a, b) { return compare(key(a.cells[column]), key(b.cells[column])) * (down ? -1 : 1); })
          .forEach(function (row) { body.append(row); });
      });
    });
  });
})();
