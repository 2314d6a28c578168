/** A plot of times as stores grow, as an SVG that can be read on white and on black. */

/** Times of one store, in milliseconds, by how many sessions it holds. */
export interface Line {
  store: 'Redis' | 'PostgreSQL';
  points: { sessions: number; ms: number }[];
}

/** One thing that was measured. */
export interface Panel {
  title: string;
  /** The time that it must not take longer than, in milliseconds; null for none. */
  goal: number | null;
  lines: Line[];
}

/** Both axes are logarithmic: each step is ten times the one before. */
const SESSIONS = [1000, 10_000, 100_000];
const MS = [0.1, 1, 10, 100];

const WIDTH = 860;
const PANEL = { width: 186, height: 190, top: 92, left: 62, gap: 16 };

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #57606a }
  .title { font-size: 16px; font-weight: 600; fill: #24292f }
  .panel { font-size: 13px; font-weight: 600; fill: #24292f }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .goal { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 5 4 }
  .line { fill: none; stroke-width: 2.5 }
  .redis { stroke: #cf222e } .redis-mark { fill: #cf222e }
  .postgresql { stroke: #0969da } .postgresql-mark { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title, .panel { fill: #f0f6fc }
    .grid { stroke: #3d444d } .goal { stroke: #9198a1 }
    .redis { stroke: #ff7b72 } .redis-mark { fill: #ff7b72 }
    .postgresql { stroke: #58a6ff } .postgresql-mark { fill: #58a6ff }
  }`;

const isDashed = (store: Line['store']) => store === 'PostgreSQL';

/** Where a value stands on a logarithmic axis, from 0 to 1. */
function place(value: number, axis: readonly number[]): number {
  const [first, last] = [axis[0]!, axis.at(-1)!];
  const clamped = Math.min(Math.max(value, first), last);
  return Math.log(clamped / first) / Math.log(last / first);
}

const round = (value: number) => Math.round(value * 10) / 10;

/** @param description what the plot shows, for those who cannot see it */
export function growthPlot(title: string, subtitle: string, description: string, panels: Panel[]): string {
  const height = PANEL.top + PANEL.height + 74;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">
<title id="title">${title}</title>
<desc id="description">${description}</desc>
<style>${STYLE}
</style>
<text class="title" x="${PANEL.left}" y="24">${title}</text>
<text x="${PANEL.left}" y="44">${subtitle}</text>
${legend(height)}
<text transform="translate(16 ${PANEL.top + PANEL.height / 2}) rotate(-90)" text-anchor="middle">milliseconds (median)</text>
${panels.map((panel, i) => panelAt(panel, PANEL.left + i * (PANEL.width + PANEL.gap), i === 0)).join('\n')}
<text x="${PANEL.left + (WIDTH - PANEL.left) / 2}" y="${PANEL.top + PANEL.height + 40}" text-anchor="middle">sessions in the store</text>
</svg>
`;
}

function panelAt({ title, goal, lines }: Panel, left: number, hasScale: boolean): string {
  const { top, width, height } = PANEL;
  const pad = 30;
  const x = (sessions: number) => round(left + pad + place(sessions, SESSIONS) * (width - 2 * pad));
  const y = (ms: number) => round(top + (1 - place(ms, MS)) * height);
  const across = (ms: number, kind: string) =>
    `<line class="${kind}" x1="${left}" x2="${left + width}" y1="${y(ms)}" y2="${y(ms)}"/>`;
  const parts = [
    `<text class="panel" x="${left}" y="${top - 14}">${title}</text>`,
    ...MS.map((ms) => across(ms, 'grid')),
    ...SESSIONS.map(
      (n) =>
        `<text x="${x(n)}" y="${top + height + 18}" text-anchor="middle">${n.toLocaleString('en')}</text>`,
    ),
    ...(hasScale
      ? MS.map((ms) => `<text x="${left - 8}" y="${y(ms) + 4}" text-anchor="end">${ms}</text>`)
      : []),
  ];
  if (goal !== null) {
    parts.push(across(goal, 'goal'));
    parts.push(`<text x="${left + width}" y="${y(goal) - 5}" text-anchor="end">goal ${goal} ms</text>`);
  }
  for (const { store, points } of lines) {
    const path = points
      .map(({ sessions, ms }, i) => `${i === 0 ? 'M' : 'L'}${x(sessions)} ${y(ms)}`)
      .join(' ');
    parts.push(`<path class="line ${store.toLowerCase()}"${dash(store)} d="${path}"/>`);
    for (const { sessions, ms } of points) parts.push(mark(store, x(sessions), y(ms)));
  }
  return parts.join('\n');
}

/** The stores differ in more than colour: one line is broken, and its marks are square. */
function dash(store: Line['store']): string {
  return isDashed(store) ? ' stroke-dasharray="7 3"' : '';
}

function mark(store: Line['store'], x: number, y: number): string {
  const kind = `class="${store.toLowerCase()}-mark"`;
  return isDashed(store)
    ? `<rect ${kind} x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8"/>`
    : `<circle ${kind} cx="${x}" cy="${y}" r="4.5"/>`;
}

function legend(height: number): string {
  return (['Redis', 'PostgreSQL'] as const)
    .map((store, i) => {
      const [x, y] = [PANEL.left + i * 110, height - 10];
      return [
        `<path class="line ${store.toLowerCase()}"${dash(store)} d="M${x} ${y - 4}H${x + 34}"/>`,
        mark(store, x + 17, y - 4),
        `<text x="${x + 42}" y="${y}">${store}</text>`,
      ].join('\n');
    })
    .join('\n');
}
