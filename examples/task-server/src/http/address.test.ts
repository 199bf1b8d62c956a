import { expect, test } from 'vitest'
import { toNetwork } from './address.ts'

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7::'],
  ['2001:0DB8:0000:0007:ffff:ffff:ffff:ffff', '2001:db8:0:7::'],
  ['2001:db8::1', '2001:db8:0:0::'],
  ['2001:db8::', '2001:db8:0:0::'],
  ['2001:db8:1:2:3::4', '2001:db8:1:2::'],
  ['::1', '0:0:0:0::'],
  ['::', '0:0:0:0::'],
  ['fe80::1%eth0', 'fe80:0:0:0::'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::'],
  [undefined, 'unknown'],
  ['', 'unknown'],
  ['192.0.2.7:4711', 'unknown'],
  ['192.0.2', 'unknown'],
  ["' or 1=1 --", 'unknown'],
  ['x'.repeat(16_000), 'unknown'],
])('toNetwork() of %.40s is %s', (address, network) => {
  expect(toNetwork(address)).toBe(network)
})
