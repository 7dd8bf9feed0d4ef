// A certificate for `localhost`, of a CA of its own, made by openssl.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string
  readonly certificate: string
  readonly key: string
  remove(): Promise<void>
}

export async function makeCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-ca-'))
  const file = (name: string) => join(directory, name)
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: directory })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const ca = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=an own CA']
  await writeFile(file('san'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n')
  await openssl('req', '-x509', ...key, ...ca)
  await openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request', '-subj', '/CN=localhost')
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san']
  await openssl('x509', '-req', '-in', 'request', ...issuer, '-out', 'cert.pem', '-days', '2')
  return {
    ca: file('ca.pem'),
    certificate: file('cert.pem'),
    key: file('key.pem'),
    remove: () => rm(directory, { recursive: true }),
  }
}
