import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made = new Set<string>()
afterAll(async () => {
  await Promise.all([...made].map((folder) => rm(folder, { recursive: true, force: true })))
})

/** Makes an empty folder, which is gone after the tests of the file. */
export async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'task-server-'))
  made.add(folder)
  return folder
}
