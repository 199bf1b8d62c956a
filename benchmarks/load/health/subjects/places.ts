import type { AddressInfo, Server } from 'node:net'
import type { ProbedPlaces } from '../busy.ts'

/**
 * Says what is to be probed.
 *
 * @param places Servers that listen, or their ports.
 * @param path What is asked of each.
 */
export function toPlaces(places: Readonly<Record<string, Server | number>>, path: string): ProbedPlaces {
  const portOf = (place: Server | number): number =>
    typeof place === 'number' ? place : (place.address() as AddressInfo).port
  return Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, `http://127.0.0.1:${portOf(place)}${path}`]),
  )
}
