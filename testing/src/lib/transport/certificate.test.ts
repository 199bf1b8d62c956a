import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { expect, test } from 'vitest'
import { createCertificate } from './certificate.ts'

test('createCertificate() makes one that is valid here and now', () => {
  const certificate = createCertificate()
  const read = new X509Certificate(certificate.cert)
  expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(read.checkHost('localhost')).toBe('localhost')
  expect(read.verify(read.publicKey)).toBe(true)
  expect(Date.parse(read.validFrom)).toBeLessThan(Date.now())
  expect(Date.parse(read.validTo)).toBeGreaterThan(Date.now())
  expect(() => createSecureContext(certificate)).not.toThrow()
})
