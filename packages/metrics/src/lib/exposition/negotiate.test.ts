import { expect, test } from 'vitest'
import { chooseFormat, wantsGzip } from './negotiate.ts'
import { OPENMETRICS } from './openmetrics.ts'
import { TEXT } from './text.ts'

const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

test.each([
  [undefined, TEXT],
  ['', TEXT],
  ['*/*', TEXT],
  [BROWSER, TEXT],
  ['text/plain', TEXT],
  ['application/json', TEXT],
  ['application/openmetrics-text', OPENMETRICS],
  ['Application/OpenMetrics-Text; Version="1.0.0"', OPENMETRICS],
  ['application/openmetrics-text;version=0.0.1', TEXT],
  ['application/*', OPENMETRICS],
  ['application/openmetrics-text;q=0.4, text/plain;q=0.5', TEXT],
  ['application/openmetrics-text;q=0.5, text/plain;q=0.4', OPENMETRICS],
  ['application/openmetrics-text;q=0.5, text/plain;q=0.5', TEXT],
  ['text/plain;q=0, */*', OPENMETRICS],
  ['application/openmetrics-text;q=0, */*', TEXT],
  ['application/openmetrics-text;q=2', TEXT],
  ['application/openmetrics-text;q=nonsense', TEXT],
  [PROMETHEUS_3, OPENMETRICS],
  [`${'a,'.repeat(10_000)}application/openmetrics-text`, TEXT],
])('chooseFormat() answers %j', (accept, format) => {
  expect(chooseFormat(accept).contentType).toBe(format.contentType)
})

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['x-gzip', true],
  ['GZIP, deflate, br', true],
  ['br', false],
  ['*', true],
  ['gzip;q=0, *', false],
  ['gzip;q=0.5, identity;q=0.8', false],
  ['gzip;q=0.8, identity;q=0.5', true],
  ['identity', false],
])('wantsGzip() answers %j', (acceptEncoding, wanted) => {
  expect(wantsGzip(acceptEncoding)).toBe(wanted)
})
