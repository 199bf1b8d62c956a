import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

// The build of one package, run in its folder: every package's tsup.config.ts passes this on. Its doors are the
// entries, so that `exports` is the only list of them.

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string> }

const config: ReturnType<typeof defineConfig> = defineConfig({
  entry: Object.values(exports).filter((target) => target.endsWith('.ts')),
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  // Types of both module systems.
  dts: true,
  sourcemap: true,
  clean: true,
  silent: true,
})

export default config
