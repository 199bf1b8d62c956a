import type { Format } from './format.ts'

/** Text: the status, and then a line for each check. */
export const plainFormat: Format = {
  type: 'text/plain; charset=utf-8',
  brief: (status) => `${status}\n`,
  full: ({ status, checks }) =>
    [
      status,
      ...checks.map(({ name, status: one, cause }) => `${name} ${one}${cause === undefined ? '' : `: ${cause}`}`),
    ]
      .map((line) => `${line}\n`)
      .join(''),
}
