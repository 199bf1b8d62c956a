// Probes as a kubelet does, in a process of its own: node prober-process.ts <ProberTask as JSON>
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProberTask } from './prober.ts'

const { url, delayMs, everyMs, limitMs, count } = JSON.parse(process.argv[2] ?? '') as ProberTask
process.on('disconnect', () => process.exit())

/** On a connection of its own, all of it within the limit. */
function probe(): Promise<number | null> {
  const startMs = performance.now()
  return new Promise((resolve) => {
    get(url, { agent: false, signal: AbortSignal.timeout(limitMs) }, (response) => {
      response
        .resume()
        .on('error', () => resolve(null))
        .on('end', () => resolve(response.statusCode === 200 ? performance.now() - startMs : null))
    }).on('error', () => resolve(null))
  })
}

const beganMs = performance.now()
const probes: Promise<number | null>[] = []
for (let index = 0; index < count; index++) {
  await sleep(delayMs + index * everyMs - (performance.now() - beganMs))
  probes.push(probe())
}
process.send?.(await Promise.all(probes))
