import { constants } from 'node:os'
import { type Counts, type Exit, floorMs, type RunReport } from '@breakwater/testing/shutdown'
import { toSpread } from '../statistics.ts'
import type { Cell, Column, Runs } from './cell.ts'

/** As shells say it of what a signal ended: this plus the signal's number. */
const BY_SIGNAL = 128

/** The title of a column of all cells of a group. */
export const REFUSED = '5xx, or refused too early'
/** The title of a column of all cells of a group. */
export const FORCED = 'ended by force'
/** The title of a column of all cells of a group. */
export const SECONDS = 's to the end'
/** The title of a column of all cells of a group. */
export const PAST_FLOOR = 'ms past the floor'

/**
 * Requests that were lost.
 *
 * @param figure The column's name.
 * @param cell Where.
 */
export function lost(figure: string, cell: Cell): Column {
  return { figure, lossOf: cell, count: (runs) => sum(of(runs, cell), 'lost') }
}

/**
 * Requests that were turned away, as HTTP/2 can say.
 *
 * @param figure The column's name.
 * @param cell Where.
 */
export function turnedAway(figure: string, cell: Cell): Column {
  return { figure, count: (runs) => sum(of(runs, cell), 'turnedAway') }
}

/**
 * Exit status, as a shell shows it: the highest of all runs.
 *
 * @param figure The column's name.
 * @param cell Where.
 */
export function exitStatus(figure: string, cell: Cell): Column {
  return { figure, count: (runs) => Math.max(...of(runs, cell).map(({ exit }) => statusOf(exit))) }
}

/**
 * Milliseconds past a limit, in the slowest run. 0 is in time.
 *
 * @param figure The column's name.
 * @param cell Where.
 * @param limitMs The limit, from the signal.
 */
export function pastLimit(figure: string, cell: Cell, limitMs: number): Column {
  return { figure, count: (runs) => Math.max(0, ...of(runs, cell).map(({ exit }) => exit.ms - limitMs)) }
}

/**
 * Milliseconds from the second signal to the end, in the slowest run.
 *
 * @param figure The column's name.
 * @param cell Where.
 */
export function afterSecond(figure: string, cell: Cell): Column {
  return { figure, count: (runs) => Math.max(...of(runs, cell).map(({ exit }) => exit.msFromSecond ?? 0)) }
}

/**
 * Runs in which the teardown hook was not run to its end.
 *
 * @param figure The column's name.
 * @param cells Where.
 */
export function skippedHooks(figure: string, cells: readonly Cell[]): Column {
  const isSkipped = ({ hooks }: RunReport): boolean => !hooks.includes('ended')
  return { figure, count: (runs) => cells.flatMap((cell) => of(runs, cell)).filter(isSkipped).length }
}

/** Of all cells: answered with an error of the server's, or refused while it was to go on as before. */
export const refused: Column = {
  figure: REFUSED,
  count: (runs) => sum(all(runs), 'failed5xx') + sum(all(runs), 'refusedEarly'),
}

/** Of all cells: runs that ended by a limit, their own or that of the harness. */
export const forced: Column = {
  figure: FORCED,
  count: (runs) => all(runs).filter(({ exit }) => statusOf(exit) !== 0).length,
}

/** Of all cells: from the signal to the end, in the middle of all runs. */
export const seconds: Column = {
  figure: SECONDS,
  count: (runs) => toSpread(all(runs).map(({ exit }) => exit.ms / 1_000)).median,
}

/** Of all cells: how long the clients' own event loop stood still at most, which is what a busy machine adds to all times. */
export const stalled: Column = {
  figure: 'ms the clients stood still',
  count: (runs) => Math.max(...all(runs).map(({ stalledMs }) => stalledMs)),
}

/** Of all cells: the slowest run, past when it could have been gone. */
export const pastFloor: Column = {
  figure: PAST_FLOOR,
  count: (runs, lingerMs) => Math.max(0, ...all(runs).map((report) => report.exit.ms - floorMs(report, lingerMs))),
}

/**
 * Says how a process ended as a shell does, where what was killed has a number, too.
 *
 * @param exit How it ended.
 */
export function statusOf({ code, signal }: Exit): number {
  return code ?? BY_SIGNAL + constants.signals[signal ?? 'SIGKILL']
}

function of(runs: Runs, cell: Cell): readonly RunReport[] {
  return runs.get(cell) ?? []
}

function all(runs: Runs): readonly RunReport[] {
  return [...runs.values()].flat()
}

function sum(reports: readonly RunReport[], name: keyof Counts): number {
  return reports.reduce((total, { counts }) => total + counts[name], 0)
}
