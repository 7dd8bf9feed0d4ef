// cosign with a home and keys of its own, and signatures as it makes them. It talks to nothing but
// the registry: no transparency log, no services.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../live/_tools.ts'

/** Where _setup.ts builds it. */
export const cosignDirectory: string = fileURLToPath(
  new URL('../../.cache/cosign/', import.meta.url),
)

/** The same of cosign 2. */
export const cosign2Directory: string = fileURLToPath(
  new URL('../../.cache/cosign-2/', import.meta.url),
)

/** A key of ours, as Node made it, and the file that cosign verifies by. */
export interface Key {
  readonly secret: KeyObject
  readonly publicFile: string
}

/** One cosign, in a directory of its own that holds `cosign.key` and `cosign.pub`. */
export interface Cosign {
  readonly directory: string
  run(...args: string[]): Promise<string>
  /** Without a word to any log; in the old format, at tags, or in the default one. */
  sign(reference: string, format: 'tags' | 'default'): Promise<string>
  attest(reference: string, format: 'tags' | 'default', predicate: string): Promise<string>
  /** What was verified; an error where nothing was. */
  verify(reference: string, publicFile: string): Promise<readonly unknown[]>
  verifyAttestation(reference: string, publicFile: string, type: string): Promise<string>
  makeKey(): Promise<Key>
  close(): Promise<void>
}

/** @param programs - the directory of another cosign */
export async function startCosign(programs: string = cosignDirectory): Promise<Cosign> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-cosign-'))
  const env = { PATH: process.env.PATH, HOME: directory, COSIGN_PASSWORD: '' }
  const program = join(programs, 'cosign')
  const plain = '--allow-http-registry'
  const silent = ['--use-signing-config=false', '--tlog-upload=false', '--yes', plain]
  const old = (format: 'tags' | 'default') =>
    format === 'tags' ? ['--new-bundle-format=false'] : []
  const unlogged = ['--insecure-ignore-tlog', plain]
  const cosign: Cosign = {
    directory,
    run: (...args) => run(program, args, { cwd: directory, env }),
    sign: (reference, format) =>
      cosign.run('sign', '--key', 'cosign.key', ...silent, ...old(format), reference),
    async attest(reference, format, predicate) {
      await writeFile(join(directory, 'predicate.json'), predicate)
      const what = ['--type', 'spdxjson', '--predicate', 'predicate.json']
      return cosign.run(
        'attest',
        '--key',
        'cosign.key',
        ...what,
        ...silent,
        ...old(format),
        reference,
      )
    },
    async verify(reference, publicFile) {
      return JSON.parse(await cosign.run('verify', '--key', publicFile, ...unlogged, reference))
    },
    verifyAttestation: (reference, publicFile, type) =>
      cosign.run('verify-attestation', '--key', publicFile, '--type', type, ...unlogged, reference),
    async makeKey() {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
      keys += 1
      const publicFile = join(directory, `node-${keys}.pub`)
      await writeFile(publicFile, publicKey.export({ type: 'spki', format: 'pem' }))
      return { secret: createPrivateKey(pem), publicFile }
    },
    close: () => rm(directory, { recursive: true, force: true }),
  }
  let keys = 0
  await cosign.run('generate-key-pair')
  return cosign
}

const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json'
const envelope = 'application/vnd.dsse.envelope.v1+json'
const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json'

interface SignedArtifact {
  readonly artifactType: string
  readonly blobs: readonly {
    readonly data: string
    readonly mediaType: string
    readonly annotations?: Readonly<Record<string, string>>
  }[]
}

/** A signature of an image: ECDSA P-256 over SHA-256 of the payload that names it. */
export function signImage({ secret }: Key, repository: string, digest: string): SignedArtifact {
  const payload = JSON.stringify({
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  })
  const signature = sign('sha256', Buffer.from(payload), secret).toString('base64')
  const annotations = { 'dev.cosignproject.cosign/signature': signature }
  return {
    artifactType: simpleSigning,
    blobs: [{ data: payload, mediaType: simpleSigning, annotations }],
  }
}

/** An attestation: an in-toto statement in a DSSE envelope, signed over its PAE (DSSE 1.0). */
export function attestImage(
  key: Key,
  digest: string,
  predicateType: string,
  predicate: object,
): SignedArtifact {
  const data = JSON.stringify(envelopeOf(key, digest, predicateType, predicate))
  return { artifactType: envelope, blobs: [{ data, mediaType: envelope }] }
}

/** The same as cosign 3 has it, and signatures too: in a Sigstore bundle (protobuf-specs, "bundle v0.3"). */
export function bundleFor(
  key: Key,
  digest: string,
  predicateType: string,
  predicate: object,
): SignedArtifact & { readonly annotations: Readonly<Record<string, string>> } {
  const data = JSON.stringify({
    mediaType: bundle,
    verificationMaterial: { publicKey: { hint: '' } },
    dsseEnvelope: envelopeOf(key, digest, predicateType, predicate),
  })
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
  }
  return { artifactType: bundle, blobs: [{ data, mediaType: bundle }], annotations }
}

function envelopeOf({ secret }: Key, digest: string, predicateType: string, predicate: object) {
  const payloadType = 'application/vnd.in-toto+json'
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType,
    subject: [{ name: 'app', digest: { sha256: digest.replace('sha256:', '') } }],
    predicate,
  })
  const pae = `DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(statement)} ${statement}`
  const sig = sign('sha256', Buffer.from(pae), secret).toString('base64')
  const payload = Buffer.from(statement).toString('base64')
  return { payloadType, payload, signatures: [{ keyid: '', sig }] }
}
