// Random sequences of requests against the model: every answer must be the one that it expects, in
// memory and in a directory, where the registry may also be started again at any time.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryStorage, type Storage } from '../../src/embedded/index.ts'
import { openStorage, temporaryDirectory } from '../node/layout/_directory.ts'
import {
  blobs,
  deleteManifest,
  emptyRepository,
  listReferrers,
  listTags,
  manifests,
  putBlob,
  putManifest,
  type Repository,
  subjects,
  tags,
} from './_model.ts'
import { digestOf, nextOf, type Send, start } from './_registry.ts'

const names = ['app', 'app/blobs', 'other'] as const

interface Upload {
  readonly name: string
  readonly location: string
  bytes: string
}

/** A registry, and what it should hold. */
interface World {
  send: Send
  readonly restart: (() => Promise<Send>) | undefined
  at(name: string): Repository
  uploads: Upload[]
}

function newWorld(send: Send, restart?: () => Promise<Send>): World {
  const repositories = new Map(names.map((name) => [name as string, emptyRepository()]))
  return { send, restart, at: (name) => repositories.get(name)!, uploads: [] }
}

type Step = (world: World) => Promise<void>

// Most requests are about one repository, so that they meet.
const name = fc.constantFrom('app', 'app', 'app', ...names)
const blob = fc.constantFrom(...blobs)
const tag = fc.constantFrom(...tags)
const manifest = fc.constantFrom(...manifests)
const algorithm = fc.constantFrom(...Array<string>(6).fill('sha256'), 'sha512')
const cut = fc.nat({ max: 5 })
const position = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 80_000 }))

const steps = {
  'a blob is pushed at once': fc.tuple(name, blob, algorithm).map(([repo, bytes, by]) => {
    return async ({ send, at }) => {
      const path = `/v2/${repo}/blobs/uploads/?digest=${digestOf(bytes, by)}`
      const answer = await send('POST', path, { body: bytes })
      expect(answer.status).toBe(201)
      putBlob(at(repo), bytes, by)
    }
  }),
  'a blob is pushed that is another': fc.tuple(name, blob).map(([repo, bytes]) => {
    return async ({ send }) => {
      const path = `/v2/${repo}/blobs/uploads/?digest=${digestOf(`${bytes}?`)}`
      expect((await send('POST', path, { body: bytes })).status).toBe(400)
    }
  }),
  'a blob is mounted': fc.tuple(name, name, blob).map(([repo, from, bytes]) => {
    return async ({ send, at }) => {
      const digest = digestOf(bytes)
      const path = `/v2/${repo}/blobs/uploads/?mount=${digest}&from=${from}`
      const answer = await send('POST', path)
      const isThere = at(repo).blobs.has(digest) || at(from).blobs.has(digest)
      expect(answer.status).toBe(isThere ? 201 : 202)
      if (isThere) putBlob(at(repo), bytes, 'sha256')
      else expect((await send('DELETE', answer.headers.get('Location')!)).status).toBe(204)
    }
  }),
  'an upload is opened': name.map((repo) => {
    return async ({ send, uploads }) => {
      const answer = await send('POST', `/v2/${repo}/blobs/uploads/`)
      expect(answer.status).toBe(202)
      uploads.push({ name: repo, location: answer.headers.get('Location')!, bytes: '' })
    }
  }),
  'a chunk is sent': fc.tuple(cut, blob, cut, fc.boolean()).map(([which, bytes, size, isNext]) => {
    return async ({ send, uploads }) => {
      const upload = uploads[which % uploads.length]
      // The rest of a blob that the upload may become, or a part of it.
      const rest = bytes.startsWith(upload?.bytes ?? '?') ? bytes.slice(upload!.bytes.length) : 'z'
      const chunk = rest.slice(0, Math.ceil((rest.length * (size + 1)) / 6))
      if (!upload || chunk === '') return
      const first = upload.bytes.length + (isNext ? 0 : 1)
      const range = `${first}-${first + chunk.length - 1}`
      const init = { body: chunk, headers: { 'Content-Range': range } }
      const answer = await send('PATCH', upload.location, init)
      expect(answer.status).toBe(isNext ? 202 : 416)
      if (isNext) upload.bytes += chunk
      expect(answer.headers.get('Range')).toBe(`0-${Math.max(0, upload.bytes.length - 1)}`)
    }
  }),
  'an upload is looked at': cut.map((which) => {
    return async ({ send, uploads }) => {
      const upload = uploads[which % uploads.length]
      if (!upload) return
      const answer = await send('GET', upload.location)
      expect(answer.status).toBe(204)
      expect(answer.headers.get('Range')).toBe(`0-${Math.max(0, upload.bytes.length - 1)}`)
    }
  }),
  'an upload is finished': fc.tuple(cut, algorithm).map(([which, by]) => {
    return async (world) => {
      const upload = world.uploads[which % world.uploads.length]
      if (!upload) return
      const path = `${upload.location}?digest=${digestOf(upload.bytes, by)}`
      expect((await world.send('PUT', path)).status).toBe(201)
      putBlob(world.at(upload.name), upload.bytes, by)
      world.uploads.splice(world.uploads.indexOf(upload), 1)
      expect((await world.send('GET', upload.location)).status).toBe(404)
    }
  }),
  'a manifest is pushed by tag': fc.tuple(name, manifest, tag).map(([repo, pushed, at]) => {
    return async (world) => {
      const headers = { 'Content-Type': pushed.type }
      const path = `/v2/${repo}/manifests/${at}`
      const answer = await world.send('PUT', path, { body: pushed.bytes, headers })
      const digest = digestOf(pushed.bytes)
      expect(answer.status).toBe(putManifest(world.at(repo), pushed, digest, [at]))
      const subject = answer.status === 201 ? (pushed.subject ?? null) : null
      expect(answer.headers.get('OCI-Subject')).toBe(subject)
    }
  }),
  'a manifest is pushed by digest': fc
    .tuple(name, manifest, algorithm, fc.subarray([...tags]))
    .map(([repo, pushed, by, at]) => {
      return async (world) => {
        const digest = digestOf(pushed.bytes, by)
        const query = at.map((one) => `tag=${one}`).join('&')
        const init = { body: pushed.bytes, headers: { 'Content-Type': pushed.type } }
        const answer = await world.send('PUT', `/v2/${repo}/manifests/${digest}?${query}`, init)
        expect(answer.status).toBe(putManifest(world.at(repo), pushed, digest, at))
      }
    }),
  'a tag is deleted': fc.tuple(name, tag).map(([repo, at]) => {
    return async (world) => {
      const answer = await world.send('DELETE', `/v2/${repo}/manifests/${at}`)
      expect(answer.status).toBe(world.at(repo).tags.delete(at) ? 202 : 404)
    }
  }),
  'a manifest is deleted': fc.tuple(name, manifest, algorithm).map(([repo, { bytes }, by]) => {
    return async (world) => {
      const digest = digestOf(bytes, by)
      const answer = await world.send('DELETE', `/v2/${repo}/manifests/${digest}`)
      expect(answer.status).toBe(deleteManifest(world.at(repo), digest))
    }
  }),
  'a blob is deleted': fc.tuple(name, blob, algorithm).map(([repo, bytes, by]) => {
    return async (world) => {
      const digest = digestOf(bytes, by)
      const answer = await world.send('DELETE', `/v2/${repo}/blobs/${digest}`)
      expect(answer.status).toBe(world.at(repo).blobs.delete(digest) ? 202 : 404)
    }
  }),
  'a manifest is pulled': fc
    .tuple(
      name,
      fc.oneof(
        tag,
        manifest.map(({ bytes }) => digestOf(bytes)),
      ),
    )
    .map(([repo, reference]) => {
      return async (world) => {
        const { tags: tagged, manifests: held } = world.at(repo)
        const wanted = held.get(tagged.get(reference) ?? reference)
        const answer = await world.send('GET', `/v2/${repo}/manifests/${reference}`)
        expect(answer.status).toBe(wanted ? 200 : 404)
        if (!wanted) return
        expect(answer.headers.get('Content-Type')).toBe(wanted.type)
        expect(await answer.text()).toBe(wanted.bytes)
      }
    }),
  'a blob is pulled': fc.tuple(name, blob, algorithm).map(([repo, bytes, by]) => {
    return async (world) => {
      const digest = digestOf(bytes, by)
      const answer = await world.send('GET', `/v2/${repo}/blobs/${digest}`)
      const isThere = world.at(repo).blobs.has(digest)
      expect(answer.status).toBe(isThere ? 200 : 404)
      if (isThere) expect(await answer.text()).toBe(bytes)
    }
  }),
  'a part of a blob is pulled': fc
    .tuple(name, blob, position, position)
    .map(([repo, bytes, from, to]) => {
      return async (world) => {
        const headers = { Range: `bytes=${from}-${to}` }
        const answer = await world.send('GET', `/v2/${repo}/blobs/${digestOf(bytes)}`, { headers })
        // A last byte before the first makes no range (RFC 9110 section 14.1.1); 416 is right too.
        const isRange = from <= to && from < bytes.length
        const isThere = world.at(repo).blobs.has(digestOf(bytes))
        expect(answer.status).toBe(!isThere ? 404 : isRange ? 206 : 416)
        if (isThere && isRange) expect(await answer.text()).toBe(bytes.slice(from, to + 1))
      }
    }),
  'tags are listed': fc
    .tuple(name, fc.option(fc.nat({ max: 4 })), fc.option(fc.constantFrom(...tags, 'A', 'zz')))
    .map(([repo, n, last]) => {
      return async (world) => {
        const query = new URLSearchParams()
        if (n !== null) query.set('n', String(n))
        if (last !== null) query.set('last', last)
        const answer = await world.send('GET', `/v2/${repo}/tags/list?${query}`)
        expect(answer.status).toBe(world.at(repo).exists ? 200 : 404)
        if (answer.status === 404) return
        const wanted = listTags(world.at(repo), last ?? undefined, n ?? 1000)
        expect(await answer.json()).toEqual({ name: repo, tags: wanted.tags })
        expect(nextOf(answer) !== undefined).toBe(wanted.more)
      }
    }),
  'referrers are listed': fc
    .tuple(
      name,
      fc.constantFrom(...subjects),
      fc.constantFrom(undefined, 'application/sbom', 'application/none'),
    )
    .map(([repo, subject, artifactType]) => {
      return async (world) => {
        const query = artifactType ? `?artifactType=${encodeURIComponent(artifactType)}` : ''
        const answer = await world.send('GET', `/v2/${repo}/referrers/${subject}${query}`)
        expect(answer.status).toBe(200)
        const found = ((await answer.json()) as { manifests: { digest: string }[] }).manifests
        const wanted = listReferrers(world.at(repo), subject, artifactType)
        expect(found.map(({ digest }) => digest)).toEqual(wanted)
      }
    }),
  'the registry starts again': fc.constant<Step>(async (world) => {
    if (!world.restart) return
    world.send = await world.restart()
    world.uploads = []
    await lookAtAll(world)
  }),
} satisfies Record<string, fc.Arbitrary<Step>>

const weights: readonly [string, number][] = [
  ['a manifest is pushed', 6],
  ['is deleted', 3],
  ['upload', 2],
  ['chunk', 4],
]

const sequence = fc.array(
  fc.oneof(
    ...Object.entries(steps).map(([what, arbitrary]) => ({
      // Much has to be pushed where there is to be something to delete.
      weight: weights.find(([text]) => what.includes(text))?.[1] ?? 1,
      arbitrary: (arbitrary as fc.Arbitrary<Step>).map((step) => ({
        step,
        toString: () => what,
      })),
    })),
  ),
  { minLength: 1, maxLength: 50, size: 'max' },
)

/** Everything that a registry has, and has not. */
async function lookAtAll(world: World): Promise<void> {
  for (const repo of names) {
    const { exists, tags: tagged, manifests: held, blobs: stored } = world.at(repo)
    const get = (path: string) => world.send('GET', `/v2/${repo}/${path}`)
    for (const at of [...tags, ...manifests.map(({ bytes }) => digestOf(bytes))]) {
      const wanted = held.get(tagged.get(at) ?? at)
      const answer = await get(`manifests/${at}`)
      expect(answer.status === 200 ? await answer.text() : undefined).toBe(wanted?.bytes)
    }
    for (const bytes of blobs) {
      const answer = await get(`blobs/${digestOf(bytes)}`)
      const found = answer.status === 200 ? await answer.text() : undefined
      expect(found).toBe(stored.get(digestOf(bytes)))
    }
    for (const subject of subjects) {
      const answer = await get(`referrers/${subject}`)
      const { manifests: found } = (await answer.json()) as { manifests: { digest: string }[] }
      const wanted = listReferrers(world.at(repo), subject, undefined)
      expect(found.map(({ digest }) => digest)).toEqual(wanted)
    }
    expect((await get('tags/list')).status).toBe(exists ? 200 : 404)
  }
}

/** Everything that manifests are made of is there from the start in most runs. */
const prepared = fc.constantFrom(true, true, true, false)

async function runAll(world: World, withBlobs: boolean, all: readonly { step: Step }[]) {
  for (const bytes of withBlobs ? blobs : []) {
    const path = `/v2/app/blobs/uploads/?digest=${digestOf(bytes)}`
    await world.send('POST', path, { body: bytes })
    putBlob(world.at('app'), bytes, 'sha256')
  }
  for (const { step } of all) await step(world)
  await lookAtAll(world)
}

describe('random requests are answered as the model says', () => {
  test('in memory', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(prepared, sequence, async (withBlobs, all) => {
        await runAll(newWorld(start({ storage: memoryStorage() })), withBlobs, all)
      }),
      { numRuns: 100 },
    )
  })

  test('in a directory, also when the registry starts again', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(prepared, sequence, async (withBlobs, all) => {
        const directory = await temporaryDirectory()
        let storage: (Storage & { close(): Promise<void> }) | undefined
        const restart = async () => {
          await storage?.close()
          storage = await openStorage(directory)
          return start({ storage })
        }
        await runAll(newWorld(await restart(), restart), withBlobs, all)
        await storage?.close()
      }),
      { numRuns: 25 },
    )
  })
})
