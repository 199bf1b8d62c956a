import type { PhaseReport } from '../run-phase.ts'
import { type JudgedTarget, toText } from '../targets.ts'
import { drawBars, drawOverTime } from './charts.ts'
import { nameOf, type ProveReport } from './report.ts'

/**
 * Writes the page.
 *
 * @param report What came of the run.
 */
export function renderPage(report: ProveReport): string {
  const { date, machine, settings, targets, phases, overhead } = report
  const { node, platform, cores, cpu } = machine
  return `${[
    '# The task server, proven',
    intro(report),
    `${date}, Node ${node}, ${platform}, ${cores} cores of ${cpu}.`,
    ...(settings.isQuick ? ['**A quick run: it shows that everything runs. Its numbers mean nothing.**'] : []),
    '## Correctness',
    renderChecks(phases),
    '## Targets',
    `${count(targets, 'pass')} pass, ${count(targets, 'miss')} miss, ${count(targets, 'void')} void. *Aim* is what it should be beyond that: ✓ where it is.`,
    renderTargets(targets),
    '## What shares the machine',
    'Shares of one core, over each run. *Users* and *sockets* are the load, in processes of their own, *prove* is what starts, watches and checks.',
    `![CPU](${nameOf(settings)}/cpu.svg)`,
    renderCores(phases),
    ...(overhead === undefined ? [] : ['## What the packages cost', renderOverhead(report)]),
    ...phases.flatMap((phase) => renderPhase(phase, nameOf(settings))),
  ].join('\n\n')}\n`
}

/**
 * Draws all charts of the page.
 *
 * @param report What came of the run.
 * @returns SVG, by the names of the files.
 */
export function drawCharts({ phases }: ProveReport): ReadonlyMap<string, string> {
  const names = [...new Set(phases.flatMap(({ samples }) => Object.keys(samples.cores)))]
  const cpu = drawBars({
    title: 'CPU of each run',
    unit: 'cores',
    names: phases.map(({ id }) => id),
    parts: names.map((name) => ({ name, values: phases.map(({ samples }) => samples.cores[name] ?? 0) })),
  })
  return new Map([['cpu.svg', cpu], ...phases.flatMap(drawPhase)])
}

function drawPhase({ id, clients: { seconds }, samples, marks }: PhaseReport): readonly (readonly [string, string])[] {
  const series = (
    name: string,
    key: 'p50' | 'p95' | 'p99' | 'updateP99' | 'ok' | 'refused' | 'failed',
    color?: string,
  ) => ({
    name,
    values: seconds.map((second) => second[key]),
    ...(color !== undefined && { color }),
  })
  return [
    [
      `${id}-latency.svg`,
      drawOverTime({
        title: 'From when a request was due until its answer, by second; updates until every other client',
        unit: 'ms',
        isLog: true,
        series: [
          series('median', 'p50'),
          series('95 %', 'p95'),
          series('99 %', 'p99'),
          series('updates, 99 %', 'updateP99'),
        ],
        marks,
      }),
    ],
    [
      `${id}-answers.svg`,
      drawOverTime({
        title: 'What became of the requests of each second',
        unit: '',
        isStacked: true,
        series: [
          series('ok', 'ok', '#4a9466'),
          series('refused', 'refused', '#d98c3f'),
          series('failed or late', 'failed', '#b3423a'),
        ],
        marks,
      }),
    ],
    [
      `${id}-memory.svg`,
      drawOverTime({
        title: 'Memory of each instance',
        unit: 'MB',
        series: Object.entries(samples.rssMb)
          .filter(([name]) => name.startsWith('instance'))
          .map(([name, values]) => ({ name, values })),
        marks,
      }),
    ],
  ]
}

function intro({ settings }: ProveReport): string {
  const { users, sockets, boards, tasks, ratePerSecond, messagesPerSecond, maxLagMs, tries } = settings
  const n = (value: number): string => value.toLocaleString('en')
  return `What the reference server does under load while things break. This page is made from \`benchmarks/results/prove\` by \`npm run prove\`; no
number on it was typed. Everything is real: instances behind nginx (\`proxy_next_upstream off\`), PostgreSQL (\`fsync\` on) and Redis.

- **The load** is an open loop: ${n(ratePerSecond)} requests a second over HTTP by ${n(users)} users, each with a connection and a session of its own, and
  ${n(messagesPerSecond)} a second over ${n(sockets)} WebSockets that follow ${n(boards)} boards. There are ${n(tasks)} tasks. 64 % read a task, 16 % list a board, 12 % change a task, 4 %
  create one, 4 % delete one; some tasks are far more popular than others, as in YCSB. Clients take no compressed answers over HTTP; the WebSockets do.
- **Latency** counts from when a request was due, also where its user was still busy or the load itself late. What has no answer counts with the
  whole time limit. A run whose load was late by over ${maxLagMs} ms (99 %) is void, and is begun again, at most ${tries} times in all.
- **An update** counts from when the write was due until each other client that follows the board was told.
- **The check** is by nothing but what every client saw and what the database holds before and after: it knows nothing of the server. It looks for
  acknowledged writes that are not there, refused ones that are, reads that are older than is promised (at once through the same instance, 250 ms through
  others; while Redis is away over a second, and what was before for some seconds after), reads that step back, and sockets that miss a version, are told one twice, or end with something else than the database.
- All of it shares one machine: what the load takes, the server has not.`
}

function renderChecks(phases: readonly PhaseReport[]): string {
  const rows = phases.map(({ title, checked, broken }) => [
    title,
    toText(checked.writes),
    toText(checked.reads),
    toText(checked.told),
    `${toText(checked.oldestReadMs)} ms`,
    [...Object.entries(checked.counts).map(([kind, number]) => `${number} × ${kind}`), ...broken].join('; ') ||
      'nothing',
  ])
  return table(
    [
      'Run',
      'Writes acknowledged',
      'Reads checked',
      'Changes told to sockets',
      'Oldest read within the promise',
      'Found wrong',
    ],
    rows,
  )
}

function renderTargets(targets: readonly JudgedTarget[]): string {
  const rows = targets.map(({ what, target, aim, measured, verdict, isAimed }) => [
    what,
    target,
    aim,
    measured,
    `**${verdict}**${isAimed ? ' ✓' : ''}`,
  ])
  return table(['', 'Target', 'Aim', 'Measured', ''], rows)
}

function renderCores(phases: readonly PhaseReport[]): string {
  const names = [...new Set(phases.flatMap(({ samples }) => Object.keys(samples.cores)))]
  return table(
    ['', ...phases.map(({ id }) => id)],
    names.map((name) => [name, ...phases.map(({ samples }) => (samples.cores[name] ?? 0).toFixed(2))]),
  )
}

function renderOverhead({ overhead, settings }: ProveReport): string {
  const { loads = [], isVoid = false } = overhead ?? {}
  const percent = (value: number): string => `${value.toFixed(1)} %`
  const rows = loads.map(({ title, withUs, withoutUs, addedPercent, fromPercent, toPercent, control }) => [
    title,
    withoutUs.toFixed(0),
    withUs.toFixed(0),
    percent(addedPercent),
    `${percent(fromPercent)} to ${percent(toPercent)}`,
    control.map(({ from, to }) => `${from.toFixed(2)} to ${to.toFixed(2)}`).join(', '),
  ])
  const text = `CPU of one instance per request, in turns at ${settings.turnRate} requests a second beside a server of the same framework, routes, checks,
refusals and statements that has no package: no cache, policies, health, monitor, metrics, traces or logger. Both have a PostgreSQL, no Redis, and
write no access lines. What the cache saves counts; where it cannot save anything, the packages only cost. *Control* is each server over its twin.`
  return [
    text,
    table(['', 'Without, µs', 'With, µs', 'Added', 'The true middle, 19 times of 20', 'Control'], rows),
    ...(isVoid ? ['Twins differ by more than 10 %: **this comparison is void.**'] : []),
  ].join('\n\n')
}

function renderPhase(phase: PhaseReport, folder: string): readonly string[] {
  const { id, title, about, seconds, clients, lag, isVoid, tries, hitRatio, marks, checked, replaced, rubbish } = phase
  const { outcomes, messageOutcomes } = clients
  const rows = (
    [
      ['HTTP, all', clients.all],
      ['HTTP, reads', clients.reads],
      ['HTTP, writes', clients.writes],
      ['HTTP, neither refused nor failed', clients.accepted],
      ['WebSocket messages', clients.messages],
      ['Live updates', clients.updates],
      ['The load itself, late', lag],
    ] as const
  ).map(([name, times]) => [name, ...[times.count, times.mean, times.p50, times.p95, times.p99, times.max].map(toText)])
  return [
    `## ${title}`,
    about,
    ...(isVoid ? [`**Void**: the load itself was late, also in try ${tries}.`] : []),
    `${seconds} s. HTTP: ${toOutcomes(outcomes)}. WebSocket messages: ${toOutcomes(messageOutcomes)}. The cache answered ${(hitRatio * 100).toFixed(1)} % of reads.${toCloses(clients.closes)}`,
    table(['ms', 'count', 'mean', '50 %', '95 %', '99 %', 'most'], rows),
    ...(marks.length > 0
      ? [marks.map(({ atSeconds, text }) => `${text} after ${Math.max(0, atSeconds).toFixed(1)} s`).join(' · ')]
      : []),
    ...(replaced === undefined
      ? []
      : [
          `The next process was ready after ${toText(replaced.readyInMs)} ms; the old one ended with ${replaced.how} ${toText(replaced.tookMs)} ms after its SIGTERM.`,
        ]),
    ...(rubbish === undefined
      ? []
      : [`${toText(rubbish.sent)} times rubbish was answered: ${toAnswers(rubbish.answers)}.`]),
    ...checked.examples.map(({ kind, text }) => `- ${kind}: ${text}`),
    ['latency', 'answers', 'memory'].map((chart) => `![${chart}](${folder}/${id}-${chart}.svg)`).join('\n'),
  ]
}

function toOutcomes(outcomes: PhaseReport['clients']['outcomes']): string {
  const { due, ...others } = outcomes
  const parts = Object.entries(others).flatMap(([name, number]) => (number > 0 ? [`${toText(number)} ${name}`] : []))
  return `${toText(due)} due, ${parts.join(', ')}`
}

function toCloses(closes: Readonly<Record<string, number>>): string {
  const all = Object.entries(closes).map(([code, number]) => `${toText(number)} with ${code}`)
  return all.length === 0 ? '' : ` WebSockets that were closed and came back: ${all.join(', ')}.`
}

function toAnswers(answers: Readonly<Record<string, number>>): string {
  return Object.entries(answers)
    .toSorted(([, a], [, b]) => b - a)
    .map(([answer, number]) => `${answer} (${number})`)
    .join(', ')
}

function count(targets: readonly JudgedTarget[], verdict: JudgedTarget['verdict']): number {
  return targets.filter((target) => target.verdict === verdict).length
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
