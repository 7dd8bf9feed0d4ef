// What the explorer shows of an artifact's content.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import type { Part } from '../../../examples/explorer/src/content/part.ts'
import { readParts } from '../../../examples/explorer/src/content/read-parts.ts'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, repository } from '../../../src/index.ts'
import { digestOf } from '../../../src/model/digest.ts'
import { deleteBlob } from '../../../src/registry/index.ts'
import { pushImage } from '../../_image.ts'

const repo = repository('registry.example/app', { fetch: embeddedRegistry().fetch })
const { signal } = new AbortController()
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
let subject: Awaited<ReturnType<typeof pushImage>>
let pem: string

beforeAll(async () => {
  subject = await pushImage(repo)
  pem = await fulcioCertificate()
})

/** One as Fulcio makes them, of a CA of its own. */
async function fulcioCertificate(): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'ocilink-fulcio-'))
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout']
  const extensions = [
    'subjectAltName=email:me@example.com',
    'extendedKeyUsage=codeSigning',
    // The first ones are no ASN.1 (fulcio, docs/oid-info.md).
    `1.3.6.1.4.1.57264.1.1=DER:${Buffer.from('https://accounts.example').toString('hex')}`,
    '1.3.6.1.4.1.57264.1.12=ASN1:UTF8String:https://example.com/team/app',
  ]
  await writeFile(join(cwd, 'extensions'), extensions.join('\n'))
  await openssl('req', '-x509', ...key, 'ca.key', '-out', 'ca.pem', '-subj', '/O=sigstore.example')
  await openssl('req', ...key, 'key.pem', '-out', 'request', '-subj', '/')
  const issuer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial']
  const made = ['-extfile', 'extensions', '-out', 'made.pem', '-days', '1']
  await openssl('x509', '-req', '-in', 'request', ...issuer, ...made)
  const text = await readFile(join(cwd, 'made.pem'), 'utf8')
  await rm(cwd, { recursive: true })
  return text
}
const base64 = () => pem.replace(/-----[A-Z ]+-----|\n/g, '')

/** What is shown of an artifact with such a blob. */
async function shown(
  content: string | Uint8Array<ArrayBuffer>,
  mediaType = 'application/json',
  annotations: Record<string, string> = {},
): Promise<readonly Part[]> {
  const blobs = [{ data: content, mediaType, annotations }]
  const { digest } = await attach(repo, subject, { artifactType: mediaType, blobs })
  return readParts(repo, digest, signal)
}

const titles = (parts: readonly Part[]) => parts.map(({ title }) => title)

test.each([
  [
    'a bundle of version 0.3',
    () => JSON.stringify({ verificationMaterial: { certificate: { rawBytes: base64() } } }),
  ],
  [
    'a bundle of version 0.1',
    () =>
      JSON.stringify({
        verificationMaterial: { x509CertificateChain: { certificates: [{ rawBytes: base64() }] } },
      }),
  ],
  ["notation's signature", () => JSON.stringify({ payload: 'e30', header: { x5c: [base64()] } })],
  ['a PEM file', () => `of me\n${pem}`],
])('shows the certificate of %s as text', async (_, content) => {
  const [certificate] = await shown(content(), BUNDLE)
  expect(certificate?.title).toBe('Certificate 1 of 1')
  expect(certificate?.rows).toEqual([
    ['Field', 'Value'],
    ['Name (email)', 'me@example.com'],
    ['Issuer', 'O=sigstore.example'],
    ['Valid from', expect.stringMatching(/^20\d\d-\d\d-\d\dT/)],
    ['Valid until', expect.stringMatching(/^20\d\d-\d\d-\d\dT/)],
    ['Login issuer', 'https://accounts.example'],
    ['Source repository', 'https://example.com/team/app'],
  ])
  expect(certificate?.text).toContain('Code Signing')
})

test("shows the certificates of cosign's annotations, each once", async () => {
  const parts = await shown('{"critical":{}}', 'application/vnd.dev.cosign.simplesigning.v1+json', {
    'dev.sigstore.cosign/certificate': pem,
    'dev.sigstore.cosign/chain': `${pem}${pem}`,
  })
  expect(titles(parts).slice(0, 2)).toEqual([
    'Certificate 1 of 1',
    'application/vnd.dev.cosign.simplesigning.v1+json, 15 bytes',
  ])
})

test.each(['AAAA', 'MIIB', '%%%', ''])('says that %j is no certificate', async (rawBytes) => {
  const parts = await shown(
    JSON.stringify({ verificationMaterial: { certificate: { rawBytes } } }),
    BUNDLE,
  )
  expect(parts[0]).toEqual({
    title: 'Certificate 1 of 1',
    note: expect.stringMatching(/^It could not be read: ./),
  })
})

test('shows the packages of an SBOM in the statement of a bundle', async () => {
  const predicate = {
    spdxVersion: 'SPDX-2.3',
    packages: [{ name: 'left-pad', versionInfo: '1.3.0' }],
  }
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://spdx.dev/Document',
    predicate,
  }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  const parts = await shown(JSON.stringify({ dsseEnvelope: { payload } }), BUNDLE)
  expect(titles(parts).slice(0, 2)).toEqual(['Packages: 1', 'Statement: https://spdx.dev/Document'])
  expect(parts[0]?.rows).toEqual([
    ['Package', 'Version', 'Licence'],
    ['left-pad', '1.3.0', ''],
  ])
})

test('shows the beginning of what is long, and says so', async () => {
  const packages = Array.from({ length: 30_000 }, (_, at) => ({ name: `package-${at}`.repeat(9) }))
  const parts = await shown(
    JSON.stringify({ spdxVersion: 'SPDX-2.3', packages }),
    'application/spdx+json',
  )
  expect(parts[0]).toMatchObject({ title: 'Packages: 30000', note: 'The first 2000 are shown.' })
  expect(parts[0]?.rows).toHaveLength(2001)
  expect(parts[1]?.text).toHaveLength(200_000)
  expect(parts[1]?.note).toBe('The first 200000 characters are shown.')
})

test('reads at most 8 MiB of an artifact, and shows the rest of it', async () => {
  const large = { data: new Uint8Array(5 * 1024 * 1024).fill(32), mediaType: 'text/plain' }
  const other = { ...large, data: large.data.slice().fill(97) }
  const small = { data: 'hello', mediaType: 'text/plain' }
  const artifact = { artifactType: 'text/plain', blobs: [large, other, small] }
  const { digest } = await attach(repo, subject, artifact)
  const parts = await readParts(repo, digest, signal)
  expect(parts.map(({ note, text }) => note ?? text)).toEqual([
    'The first 200000 characters are shown.',
    'Only 8 MiB of an artifact are shown here.',
    'hello',
    expect.stringContaining('"layers"'),
  ])
})

test.each([
  ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0]), 'It is no text.'],
  ['JSON that is deeper than can be shown', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /./],
])('survives %s', async (_, content, note) => {
  const [part] = await shown(content, 'application/octet-stream')
  expect(part?.note).toMatch(note)
})

test('shows what can be read where a blob is not there', async () => {
  const gone = { data: 'soon gone', mediaType: 'text/plain' }
  const kept = { data: 'kept', mediaType: 'text/plain' }
  const artifact = { artifactType: 'text/plain', blobs: [gone, kept] }
  const { digest } = await attach(repo, subject, artifact)
  await deleteBlob(repo, await digestOf(Buffer.from('soon gone')))
  const parts = await readParts(repo, digest, signal)
  expect(parts[0]?.note).toMatch(/^It could not be read: .*404/)
  expect(parts[1]?.text).toBe('kept')
})
