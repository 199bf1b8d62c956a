import type { HttpExchange } from '@breakwater/core'
import { expect, test } from 'vitest'
import { defaultPriority } from './priority.ts'

const priorityOf = (path: string): string => defaultPriority({ path } as HttpExchange)

test.for([
  '/health',
  '/healthz',
  '/live',
  '/livez',
  '/ready',
  '/readyz',
  '/startup',
  '/startupz',
  '/metrics',
  '/api/health',
  '/api/readiness',
  '/admin',
  '/health/live',
  '/health/db/primary',
  '/admin/',
  '/admin/status',
])('defaultPriority() takes %s for vital', (path) => {
  expect(priorityOf(path)).toBe('vital')
})

test.for([
  '/',
  '',
  '*',
  '/tasks/1',
  '/healthy-food',
  '/health-insurance/1',
  '/livestream',
  '/ready-meals',
  '/metrics-report',
  '/metrics/1',
  '/administration',
  '/admins/1',
  '/api/tasks',
  '/api/health/1',
  '/api/healthy',
  '/api',
  '/shop/health',
  '//health',
  'health',
  '/Health',
])('defaultPriority() takes "%s" for normal', (path) => {
  expect(priorityOf(path)).toBe('normal')
})
