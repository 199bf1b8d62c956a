import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Program, provideProgram, unprivilegedUser } from './program.ts'

const root = mkdtempSync(join(tmpdir(), 'breakwater-program-'))
afterAll(() => rmSync(root, { recursive: true }))

const trial: Program = { files: ['trial', 'trial-tool'], debianPackage: 'trial-package', variable: 'TRIAL_URL' }
const noInstall = { TESTS_NO_INSTALL: '1' }

function folder(name: string, files: readonly string[], mode = 0o755): string {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  for (const file of files) {
    writeFileSync(join(path, file), '')
    chmodSync(join(path, file), mode)
  }
  return path
}

test('provideProgram() finds the folder of the PATH that has all of its files', async () => {
  const half = folder('half', ['trial'])
  const whole = folder('whole', ['trial', 'trial-tool'])
  const found = await provideProgram(trial, { PATH: `${half}:${whole}` })
  expect(found).toEqual({ folder: whole, from: 'PATH' })
})

test('provideProgram() passes over what cannot be run', async () => {
  const plain = folder('plain', ['trial', 'trial-tool'], 0o644)
  expect(await provideProgram(trial, { ...noInstall, PATH: plain })).toHaveProperty('skip')
})

test('provideProgram() looks into its folders after the PATH, for the highest version', async () => {
  for (const version of ['9', '15', '14']) folder(`versions/${version}/bin`, trial.files)
  const program: Program = { ...trial, folders: [join(root, 'versions/*/bin')] }
  const highest = join(root, 'versions/15/bin')
  expect(await provideProgram(program, { ...noInstall, PATH: '' })).toEqual({ folder: highest, from: highest })
})

test('provideProgram() says what to do when it must not install', async () => {
  expect(await provideProgram(trial, { ...noInstall, PATH: '' })).toEqual({
    skip: 'no trial here and TESTS_NO_INSTALL is set: install it (Debian: apt-get install trial-package), or set TRIAL_URL',
  })
})

test('provideProgram() says what to do when it cannot install', async () => {
  expect(await provideProgram(trial, { PATH: '' })).toEqual({
    skip: 'no trial on the PATH: install it (Debian: apt-get install trial-package), or set TRIAL_URL',
  })
})

test.runIf(process.getuid?.() === 0)('unprivilegedUser() is the first one that exists', async () => {
  expect(await unprivilegedUser(['no-such-user', 'nobody'])).toEqual({ uid: 65534, gid: expect.any(Number) })
  await expect(unprivilegedUser(['no-such-user'])).rejects.toThrow('there is no user no-such-user')
})

test.runIf(process.getuid?.() !== 0)('unprivilegedUser() is none where this is not root', async () => {
  expect(await unprivilegedUser(['nobody'])).toBe(undefined)
})
