import { expect, test } from 'vitest'
import { DOCKER_V2, HOST_V2, HYBRID, NO_LINUX, type Tree, toFiles } from '../../../test/support/trees.ts'
import { findGroups } from './cgroup.ts'
import { PressureReader, type PressureReadings } from './pressure.ts'

function read(tree: Tree): PressureReadings | undefined {
  const files = toFiles(tree)
  const reader = new PressureReader(files)
  reader.refresh(findGroups(files)?.unified)
  return reader.read()
}

test('read() tells the stalls of the machine where its group has none', () => {
  expect(read(HOST_V2)).toEqual({
    cpu: { someRatio: 0.015, fullRatio: 0.005, someSeconds: 19168.418731, fullSeconds: 1 },
    memory: { someRatio: 0, fullRatio: 0.005, someSeconds: 5e-6, fullSeconds: 1 },
    io: { someRatio: 0.001, fullRatio: 0.005, someSeconds: 7e-6, fullSeconds: 1 },
  })
})

test('read() tells the stalls of its own group', () => {
  expect(read(DOCKER_V2)?.cpu).toMatchObject({ someRatio: 0.12, someSeconds: 3 })
})

test('read() takes each resource from where it is told', () => {
  const readings = read(HYBRID)
  expect(readings?.cpu?.someRatio).toBe(0.03)
  expect(readings?.io?.someRatio).toBe(0.0025)
  expect(readings?.memory).toBeUndefined()
})

test('read() does without the full line of the CPU, which older kernels do not have', () => {
  expect(read({ '/proc/pressure/cpu': 'some avg10=7.00 avg60=0.00 avg300=0.00 total=9\n' })).toEqual({
    cpu: { someRatio: 0.07, fullRatio: 0, someSeconds: 9e-6, fullSeconds: 0 },
  })
})

test.for([
  ['without Linux', NO_LINUX],
  ['of nonsense', { '/proc/pressure/cpu': 'none avg10=1\n', '/proc/pressure/io': '' }],
] as const)('read() knows nothing %s', ([_, tree]) => {
  expect(read(tree)).toBeUndefined()
})
