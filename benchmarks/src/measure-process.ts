// Measures one group, in a process of its own; of figures, one of its subjects or all together:
// node --expose-gc measure-process.ts <bench file> <group> <settings> <seed> [subject]
import { importGroup } from './catalogue.ts'
import { type Taken, takeAllFigures, takeFigures } from './figures/group.ts'
import { measureLoad } from './load/measure.ts'
import { measureMicro } from './micro/measure.ts'
import type { Measured } from './results.ts'
import type { Settings } from './settings.ts'
import type { Round } from './statistics.ts'

const [file = '', groupId = '', settingsText = '', seed = '', subject = ''] = process.argv.slice(2)
const settings = JSON.parse(settingsText) as Settings
// Whoever asked is gone: nobody reads the answer any more.
process.on('disconnect', () => process.exit())

process.send?.(await measure(), () => process.exit())

async function measure(): Promise<Measured | Round | Taken> {
  const found = await importGroup(file, groupId)
  switch (found.kind) {
    case 'micro':
      return { unit: 'ns', ...(await measureMicro(found.group, settings.micro, Number(seed))) }
    case 'load':
      return { unit: 'µs of CPU', ...(await measureLoad(file, found.group, settings.load)) }
    case 'figures':
      return subject === ''
        ? takeAllFigures(found.group, settings.figures.scale)
        : takeFigures(found.group, subject, settings.figures.scale)
  }
}
