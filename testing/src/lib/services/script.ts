import { join } from 'node:path'
import type { Task } from './guard-messages.ts'

const LIMIT_MS = 15_000

/**
 * A script of this folder, as what a guard does last. It gets the environment of this process, which may hold what it
 * takes to connect.
 *
 * @param file Its name.
 * @param argument Its argument.
 * @param env Further variables.
 */
export function lastScript(file: string, argument: string, env: Readonly<Record<string, string>>): Task {
  const mine = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return {
    file: process.execPath,
    args: [join(import.meta.dirname, file), argument],
    env: { ...Object.fromEntries(mine), NODE_OPTIONS: '', ...env },
    limitMs: LIMIT_MS,
  }
}
