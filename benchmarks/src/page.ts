import { type JudgedClaim, toTimes } from './claims.ts'
import type { FigureTable } from './figures/group.ts'
import { type FigureResult, toFigure } from './figures/results.ts'
import type { BenchResult, Comparison, GroupResult, Row } from './results.ts'
import type { Spread } from './statistics.ts'

const INTRO = `# Benchmarks

What the packages cost, beside the cheapest conceivable thing (the floor) and beside what others would use. This page is
made from \`benchmarks/results\` by \`pnpm bench\`; no number on it was typed. How to run it, and how the numbers come
about: [benchmarks/README.md](../benchmarks/README.md).

- Everything in a table ran in turns within the same moments. A ratio is taken within each turn; what is shown is the
  middle of all turns, in brackets the middle half of them.
- Time is CPU time, so that what else the machine does counts less. Compare ratios, not nanoseconds: machines differ.
- *Again* is the same code under a second name. What it differs by is noise. Under each table is where the true ratio
  to its twin is, at least 19 times of 20; where that may be further off than the limit, the run is void and no claim about time
  is judged.
- What is counted, such as bytes that are held, is the middle of several processes, in brackets the least and the most of
  them. It has no control, and is void only where it says why.
- A claim was written before it was measured. One that is missed stays here until it is met.
`

/**
 * Writes the page.
 *
 * @param results All results that are kept.
 */
export function renderPage(results: readonly BenchResult[]): string {
  return `${[INTRO, renderSummary(results), ...results.map(renderBench)].join('\n').trimEnd()}\n`
}

function renderSummary(results: readonly BenchResult[]): string {
  const judged = results.flatMap(({ title, groups, figures = [] }) =>
    [...groups, ...figures].flatMap((group) =>
      group.claims.map((claim) => ({ ...claim, where: `${title}: ${group.title}` })),
    ),
  )
  const count = (verdict: JudgedClaim['verdict']): number => judged.filter((claim) => claim.verdict === verdict).length
  const open = judged.filter(({ verdict }) => verdict !== 'met')
  const rows = open.map(({ where, claim, measured, verdict }) => [where, claim, measured, verdict])
  return lines(
    `**Claims: ${count('met')} met, ${count('missed')} missed, ${count('void')} void.**`,
    ...(open.length > 0 ? [table(['Where', 'Claim', 'Measured', ''], rows, 4)] : []),
  )
}

function renderBench({ title, date, machine, processes, rounds, groups, figures = [] }: BenchResult): string {
  // Figures say themselves how often they were taken.
  const turns = groups.length > 0 ? `; ${processes} × ${rounds} turns` : ''
  return lines(
    `## ${title}`,
    `${date}, Node ${machine.node} (V8 ${machine.v8}), ${machine.platform}, ${machine.cores} cores of ${machine.cpu}${turns}.`,
    ...groups.map(renderGroup),
    ...figures.map(renderFigures),
  )
}

/**
 * Writes one group, as it stands on the page and on the terminal.
 *
 * @param group What was measured of it.
 */
export function renderGroup(group: GroupResult): string {
  const { title, about, unit, rows, againstPeers, control, toleranceRatio, isVoid, claims } = group
  const hasBytes = rows.some(({ bytes }) => bytes !== undefined)
  const head = ['', '', unit, 'times the floor', 'added', ...(hasBytes ? ['bytes'] : [])]
  const body = rows.map(({ name, role, value, ratio, added, bytes }) => [
    name,
    role === 'control' ? '' : role,
    toNumber(value.median),
    role === 'floor' ? '' : withRange(ratio, toTimes),
    role === 'floor' ? '' : toNumber(added.median),
    ...(hasBytes ? [bytes === undefined ? '' : bytes.toFixed(bytes < 10 ? 1 : 0)] : []),
  ])
  const off = control.map(({ of, ratio }) => `*${of}* ${toTimes(ratio.from)} to ${toTimes(ratio.to)}`).join(', ')
  const limit = `${Number((toleranceRatio * 100).toPrecision(2))} %`
  return lines(
    `### ${title}`,
    about,
    table(head, body, 2),
    `Control: ${off}. ${isVoid ? `Not within ${limit}: **this run is void.**` : `Within ${limit}.`}`,
    ...(againstPeers.length > 0 ? [againstPeers.map(renderComparison).join('\n')] : []),
    ...(rows.some(({ load }) => load !== undefined) ? [renderLoads(rows)] : []),
    ...(claims.length > 0 ? [renderClaims(claims)] : []),
  )
}

/**
 * Writes one group of figures, as it stands on the page and on the terminal.
 *
 * @param group What was taken.
 */
export function renderFigures(group: FigureResult): string {
  const { title, about, figures, tables, whyVoid, claims } = group
  const all = figures.map((figure) => ({ head: figure, figure }))
  return lines(
    `### ${title}`,
    about,
    ...(tables?.map((each) => `${each.title}:\n\n${renderColumns(group, each)}`) ?? [
      renderColumns(group, { columns: all }),
    ]),
    ...(whyVoid === undefined ? [] : [`${whyVoid}: **this run is void.**`]),
    ...(claims.length > 0 ? [renderClaims(claims)] : []),
  )
}

function renderColumns({ figures, rows }: FigureResult, { columns, of }: Omit<FigureTable, 'title'>): string {
  const indices = columns.map(({ figure }) => figures.indexOf(figure))
  const shown = rows.filter(({ name }) => of === undefined || of === name)
  const body = shown.map(({ name, role, values }) => [
    name,
    role,
    ...indices.map((index) => renderFigure(values[index] as Spread)),
  ])
  return table(['', '', ...columns.map(({ head }) => head)], body, 2)
}

/** With all that was taken, where it differs. */
function renderFigure({ median, min, max }: Spread): string {
  const [middle, least, most] = [median, min, max].map(toFigure)
  return least === most ? String(middle) : `${middle} (${least} to ${most})`
}

function renderComparison({ of, against, ratio }: Comparison): string {
  const isFaster = ratio.median < 1
  const shown = isFaster ? { ...ratio, median: 1 / ratio.median, low: 1 / ratio.high, high: 1 / ratio.low } : ratio
  return `- ${of} ${isFaster ? 'is faster than' : 'costs more than'} ${against}: ${withRange(shown, toTimes)}`
}

function renderClaims(claims: readonly JudgedClaim[]): string {
  return table(
    ['Claim', 'Why', 'Measured', ''],
    claims.map(({ claim, because, measured, verdict }) => [claim, because, measured, `**${verdict}**`]),
    4,
  )
}

function renderLoads(rows: readonly Row[]): string {
  const body = rows.flatMap(({ name, load }) => {
    if (load === undefined) return []
    const { all, sinceSent, outcomes } = load
    const { ok, refused, failed, late, unsent } = outcomes
    return [
      [
        name,
        ...[all.p50, all.p90, all.p99, all.p999, all.max, sinceSent.p50, sinceSent.p99].map(toNumber),
        String(ok),
        String(refused + failed + late + unsent),
      ],
    ]
  })
  return [
    'Milliseconds from the intended start of each request, of all requests; then from the moment it was sent:',
    table(['', 'p50', 'p90', 'p99', 'p99.9', 'max', 'sent p50', 'sent p99', 'answered', 'not'], body),
  ].join('\n\n')
}

function withRange({ median, low, high }: Spread, show: (value: number) => string): string {
  return `${show(median)} (${show(low)} to ${show(high)})`
}

function toNumber(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)
}

/** A Markdown table whose first columns are text; the others stand under each other on the right. */
function table(head: readonly string[], body: readonly (readonly string[])[], texts = 1): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), row(head.map((_, index) => (index < texts ? '---' : '--:'))), ...body.map(row)].join('\n')
}

function lines(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}
