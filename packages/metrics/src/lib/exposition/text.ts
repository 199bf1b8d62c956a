import { type Format, toText } from './format.ts'

const EVERY_SPECIAL = /[\\\n]/g

/**
 * Prometheus' own text format.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const TEXT: Format = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  familyName: ({ name }) => name,
  sampleName: ({ name }) => name,
  head: ({ name, help, type }) =>
    `${help === '' ? '' : `# HELP ${name} ${escapeHelp(help)}\n`}# TYPE ${name} ${type === 'unknown' ? 'untyped' : type}\n`,
  bound: toText,
  exemplars: false,
  end: '',
}

function escapeHelp(help: string): string {
  return help.replace(EVERY_SPECIAL, (character) => (character === '\n' ? '\\n' : '\\\\'))
}
