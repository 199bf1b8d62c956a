// Measures one group, in a process of its own: node --expose-gc measure-process.ts <bench file> <group> <settings> <seed>
import { importGroup } from './catalogue.ts'
import { measureLoad } from './load/measure.ts'
import { measureMicro } from './micro/measure.ts'
import type { Measured } from './results.ts'
import type { Settings } from './settings.ts'

const [file = '', groupId = '', settingsText = '', seed = ''] = process.argv.slice(2)
const settings = JSON.parse(settingsText) as Settings
// Whoever asked is gone: nobody reads the answer any more.
process.on('disconnect', () => process.exit())

const found = await importGroup(file, groupId)
const measured: Measured =
  found.kind === 'micro'
    ? { unit: 'ns', ...(await measureMicro(found.group, settings.micro, Number(seed))) }
    : { unit: 'µs of CPU', ...(await measureLoad(file, found.group, settings.load)) }
process.send?.(measured, () => process.exit())
