import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Log } from './log.ts'
import { assertFound, type Query, type Searched } from './queries.ts'

/** What grep can look for. It cannot count by minutes. */
export const GREP_QUERIES = ['rare text', 'one trace', 'errors of an hour'] as const satisfies readonly Query[]

const LIMIT_MS = 60_000
const SAMPLE_MS = 5
const KB_PER_MIB = 1_024
/** Characters of a time, up to its hour. */
const HOUR_LENGTH = 13

/** Whether there is a grep whose memory can be seen. */
export const hasGrep: boolean = process.platform === 'linux' && ['/bin/grep', '/usr/bin/grep'].some(existsSync)

/**
 * Searches with grep, which is given one file of plain text, in its fastest locale.
 *
 * @param query What is looked for.
 * @param log Where.
 * @returns With the memory that grep was last seen with, all of it.
 */
export async function searchWithGrep(query: (typeof GREP_QUERIES)[number], log: Log): Promise<Searched> {
  const startMs = performance.now()
  const child = spawn('grep', ['-c', ...toArguments(query, log), log.plainPath], {
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  let peakKb = 0
  const timer = setInterval(() => {
    peakKb = Math.max(peakKb, peakKbOf(child.pid))
  }, SAMPLE_MS)
  try {
    let text = ''
    for await (const piece of child.stdout.setEncoding('utf8')) text += piece
    const seconds = (performance.now() - startMs) / 1_000
    assertFound(query, log, Number(text))
    return { found: Number(text), seconds, grownMib: peakKb / KB_PER_MIB }
  } finally {
    clearInterval(timer)
  }
}

function toArguments(query: (typeof GREP_QUERIES)[number], { text, traceId, hourMs }: Log): readonly string[] {
  switch (query) {
    case 'rare text':
      return ['-i', '-F', JSON.stringify(text).slice(1, -1)]
    case 'one trace':
      return ['-F', `"traceId":"${traceId}"`]
    case 'errors of an hour':
      return ['-E', `"level":"(error|fatal)","time":"${new Date(hourMs).toISOString().slice(0, HOUR_LENGTH)}`]
  }
}

/** 0 once it has ended. */
function peakKbOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
