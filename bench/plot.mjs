// Lines over the size of the catalogue, both axes logarithmic, as SVG.

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [760, 420, 70, 50, 90, 50];
const COLOURS = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#3ca951', '#a463f2', '#97bbf5'];

/** A scale from the logarithms of values to pixels, which begins and ends at a power of ten. */
function scaleOf(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)) };
}

const text = (x, y, content, extra = '') => `<text x="${x}" y="${y}" ${extra}>${content}</text>`;
const line = (x1, y1, x2, y2) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>`;

/**
 * @param {string} title
 * @param {string[]} names one line each
 * @param {{ size: number, costs: Record<string, number> }[]} rows
 */
export function plot(title, names, rows) {
  const x = scaleOf(
    rows.map(({ size }) => size),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scaleOf(
    rows.flatMap(({ costs }) => Object.values(costs)),
    HEIGHT - BOTTOM,
    TOP,
  );
  const grid = [
    ...x.ticks.map((tick) => line(x.at(tick), TOP, x.at(tick), HEIGHT - BOTTOM)),
    ...x.ticks.map((tick) => text(x.at(tick), HEIGHT - BOTTOM + 18, tick.toLocaleString('en'), 'text-anchor="middle"')),
    ...y.ticks.map((tick) => line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick))),
    ...y.ticks.map((tick) => text(LEFT - 8, y.at(tick) + 4, `${tick} ms`, 'text-anchor="end"')),
  ];
  const lines = names.map((name, index) => {
    const points = rows.map(({ size, costs }) => [x.at(size).toFixed(1), y.at(costs[name]).toFixed(1)]);
    const [endX, endY] = points.at(-1);
    const colour = COLOURS[index % COLOURS.length];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(' ')}"/>`,
      ...points.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3" fill="${colour}"/>`),
      text(Number(endX) + 8, Number(endY) + 4, name, `fill="${colour}"`),
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${text(LEFT, 28, title, 'font-size="16"')}
${[...grid, ...lines].join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'products', 'text-anchor="middle"')}
</svg>
`;
}
