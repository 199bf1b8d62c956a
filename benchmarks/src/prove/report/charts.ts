import * as echarts from 'echarts'
import type { Mark } from '../run-phase.ts'

type ChartOption = Readonly<Record<string, unknown>>

/** As much of it as is used. Its own types are lost on who imports it as an ES module. */
const { init } = echarts as unknown as {
  init(
    element: null,
    theme: null,
    options: { readonly renderer: 'svg'; readonly ssr: true; readonly width: number; readonly height: number },
  ): { setOption(option: ChartOption): void; renderToSVGString(): string; dispose(): void }
}

/** What is drawn over seconds. */
export interface TimeChart {
  readonly title: string
  /** Of the vertical axis. */
  readonly unit: string
  readonly series: readonly { readonly name: string; readonly values: readonly number[]; readonly color?: string }[]
  /** Whether series stand on top of each other. @defaultValue `false` */
  readonly isStacked?: boolean
  /** Whether the vertical axis is logarithmic. @defaultValue `false` */
  readonly isLog?: boolean
  readonly marks?: readonly Mark[]
}

const WIDTH = 760
const HEIGHT = 260
const COLORS = [
  '#3b6fb6',
  '#d98c3f',
  '#b3423a',
  '#4a9466',
  '#7a5ea8',
  '#777777',
  '#c7779a',
  '#6fb3c7',
  '#a9a03a',
  '#8a6a4f',
]
const LEAST_OF_LOG = 0.1

/**
 * Draws a chart over the seconds of a run.
 *
 * @param chart What.
 * @returns SVG.
 */
export function drawOverTime({ title, unit, series, isStacked = false, isLog = false, marks = [] }: TimeChart): string {
  if (isStacked) return drawStacked({ title, unit, series, marks })
  return draw({
    ...common(title),
    xAxis: {
      type: 'value',
      min: 0,
      max: Math.max(...series.map(({ values }) => values.length)),
      name: 's',
      nameGap: 6,
    },
    yAxis: { type: isLog ? 'log' : 'value', name: unit, ...(isLog && { min: LEAST_OF_LOG }) },
    series: series.map(({ name, values, color }, index) => ({
      name,
      type: 'line',
      showSymbol: false,
      ...(color !== undefined && { color }),
      lineStyle: { width: 1.5 },
      data: values.map((value, second) => [second + 0.5, isLog ? Math.max(value, LEAST_OF_LOG) : value]),
      ...(index === 0 && { markLine: toMarkLine(marks) }),
    })),
  })
}

/** A bar for each second: of two axes that both count, the library would stack along the wrong one. */
function drawStacked({ title, unit, series, marks = [] }: TimeChart): string {
  const seconds = Math.max(...series.map(({ values }) => values.length))
  return draw({
    ...common(title),
    xAxis: {
      type: 'category',
      data: Array.from({ length: seconds }, (_, second) => String(second)),
      axisLabel: { interval: (index: number) => index % 10 === 0 },
      axisTick: { show: false },
      name: 's',
      nameGap: 6,
    },
    yAxis: { type: 'value', name: unit },
    series: series.map(({ name, values, color }, index) => ({
      name,
      type: 'bar',
      stack: 'all',
      barCategoryGap: 0,
      ...(color !== undefined && { color }),
      data: [...values],
      ...(index === 0 && {
        markLine: toMarkLine(marks.map((mark) => ({ ...mark, atSeconds: Math.round(mark.atSeconds) }))),
      }),
    })),
  })
}

/** Bars that lie, each of several parts. */
export interface BarsChart {
  readonly title: string
  readonly unit: string
  readonly names: readonly string[]
  readonly parts: readonly { readonly name: string; readonly values: readonly number[] }[]
}

/**
 * Draws bars.
 *
 * @param chart Which.
 * @returns SVG.
 */
export function drawBars({ title, unit, names, parts }: BarsChart): string {
  return draw({
    ...common(title),
    grid: { left: 110, right: 30, top: 60, bottom: 40 },
    xAxis: { type: 'value', name: unit, nameLocation: 'middle', nameGap: 25 },
    yAxis: { type: 'category', data: [...names], inverse: true },
    series: parts.map(({ name, values }) => ({ name, type: 'bar', stack: 'all', barWidth: '60%', data: [...values] })),
  })
}

function common(title: string): ChartOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    color: COLORS,
    title: { text: title, left: 10, top: 6, textStyle: { fontSize: 14, fontWeight: 'normal' } },
    legend: { top: 28, left: 10, itemHeight: 8, textStyle: { fontSize: 11 } },
    grid: { left: 60, right: 30, top: 66, bottom: 30 },
  }
}

function toMarkLine(marks: readonly Mark[]): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: '#999999', type: 'dashed' },
    label: { formatter: '{b}', fontSize: 10, position: 'insideEndTop', color: '#555555' },
    data: marks.map(({ atSeconds, text }) => ({ xAxis: Math.max(0, atSeconds), name: text })),
  }
}

function draw(option: ChartOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  try {
    chart.setOption(option)
    // Names of classes are counted through the whole process: the same chart should be the same text.
    return `${chart.renderToSVGString().replaceAll(/zr\d+-/g, 'zr-')}\n`
  } finally {
    chart.dispose()
  }
}
