// Stories C.10 and C.11: proof of who made an artifact.
import { webcrypto } from 'node:crypto'
import { attach, type Digest, isOcilinkError, type Repository } from '../../src/index.ts'
import { getBlobBytes, getManifest } from '../../src/registry/index.ts'
import { contentOf, countOf, type Item, items, linkAll, list, typesFor } from './_links.ts'
import { no, type Scenario, type Verdict, yes } from './scenario.ts'
import type { Registry, World } from './world.ts'

const { subtle } = webcrypto

/** A proof of a digest: the digest, and a signature of it. */
async function proofOf(world: World, digest: Digest, key: webcrypto.CryptoKey) {
  const artifactType = (await typesFor(world.strategy)).at(-1)!
  const signature = await subtle.sign('Ed25519', key, new TextEncoder().encode(digest))
  const data = JSON.stringify({ digest, signature: Buffer.from(signature).toString('base64') })
  return { artifactType, blobs: [{ data, mediaType: artifactType }] }
}

/** How many of the proofs that are linked to an artifact are by the owner of a key. */
async function proofsBy(
  world: World,
  repo: Repository,
  digest: Digest,
  key: webcrypto.CryptoKey,
): Promise<{ readonly good: number; readonly bad: number }> {
  const found = await list(repo, digest, world.strategy)
  const contents = await Promise.all(found.map((one) => contentOf(repo, one.digest)))
  const checked = await Promise.all(
    contents.flat().map(async (content) => {
      const bytes = await getBlobBytes(repo, content, { limit: 4096 })
      const proof = JSON.parse(new TextDecoder().decode(bytes))
      const signature = Buffer.from(proof.signature, 'base64')
      const text = new TextEncoder().encode(digest)
      return proof.digest === digest && (await subtle.verify('Ed25519', key, signature, text))
    }),
  )
  const good = checked.filter(Boolean).length
  return { good, bad: checked.length - good }
}

/** An image with an artifact linked to it, and the artifact’s digest. */
async function artifactOf(world: World, item: Item) {
  const helper = world.helper()
  const image = await linkAll(world, helper, [item])
  const [found] = await list(helper, image, world.strategy)
  return { helper, image, artifact: found!.digest }
}

const newKeys = () =>
  subtle.generateKey('Ed25519', false, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

/** C.10: be sure that what I found comes from who it says. */
async function knowTheAuthor(world: World): Promise<Verdict> {
  const { write } = world
  const [item] = await items(world, 1)
  const { helper, artifact } = await artifactOf(world, item!)
  const [author, forger] = [await newKeys(), await newKeys()]
  for (const { privateKey } of [author, forger])
    await attach(helper, artifact, await proofOf(world, artifact, privateKey), write)
  const { good, bad } = await proofsBy(world, world.client(), artifact, author.publicKey)
  if (good !== 1 || bad !== 1) return no(`finds ${good} of 1 proof, and ${bad} of 1 forged one`)
  // A registry that gives out something else.
  const { prefix, fetch } = world.here
  const lying: Registry = {
    prefix,
    async fetch(request) {
      const response = await fetch(request)
      if (!request.url.endsWith(item!.content)) return response
      return new Response((await response.text()).replace('content', 'CONTENT'), response)
    },
  }
  const read = getBlobBytes(world.helper(lying), item!.content, { limit: 4096 })
  const noticed = await read.then(
    () => false,
    (error) => isOcilinkError(error, 'DIGEST_MISMATCH'),
  )
  return noticed ? yes : no('content that was changed is not noticed')
}

/** C.11: add proof that the artifact is mine. */
async function proveAuthorship(world: World): Promise<Verdict> {
  const [item] = await items(world, 1)
  const { helper, image, artifact } = await artifactOf(world, item!)
  const { privateKey, publicKey } = await newKeys()
  const proof = await proofOf(world, artifact, privateKey)
  await attach(world.client(), artifact, proof, world.write)
  const { good } = await proofsBy(world, helper, artifact, publicKey)
  if (good !== 1) return no(`finds ${countOf(good, 'proof')}`)
  await getManifest(helper, artifact)
  const [found] = await list(helper, image, world.strategy)
  return found?.digest === artifact ? yes : no('the artifact has another digest with its proof')
}

export const trust: readonly Scenario[] = [
  {
    id: 'C.10',
    as: 'user',
    story: 'be sure that what I found comes from who it says',
    how: 'The author of an artifact and a forger link signatures of its digest to it; a client finds both and knows whose is good by a key, and notices content that the registry changed.',
    run: knowTheAuthor,
  },
  {
    id: 'C.11',
    as: 'author',
    story: 'add proof that the artifact is mine',
    how: 'A signature is linked to an artifact that is linked to an image; neither gets another digest.',
    run: proveAuthorship,
  },
]
