// What every strategy must do that only reads what others wrote.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  detach,
  hasReferrer,
  referrers,
  repository,
  type Strategy,
} from '../../src/index.ts'
import { all, pushImage } from '../_image.ts'
import { storages } from '../_storages.ts'

/** Runs the contract of a strategy that is `readOnly` against one kind of registry. */
export function testReader(
  title: string,
  strategy: Strategy,
  options: EmbeddedRegistryOptions = {},
): void {
  const setUp = async () => {
    const registry = embeddedRegistry({ ...options, storage: await storages.open() })
    const written: string[] = []
    const app = repository('registry.test/team/app', {
      fetch: (request) => {
        if (!['GET', 'HEAD'].includes(request.method)) written.push(request.url)
        return registry.fetch(request)
      },
    })
    const subject = await pushImage(app)
    written.length = 0
    return { app, subject, written }
  }

  describe(title, () => {
    test('refuses to attach and to detach, and sends nothing for it', async () => {
      const { app, subject, written } = await setUp()
      const artifactType = 'application/spdx+json'
      const artifact = { artifactType, blobs: [{ data: 'x', mediaType: 'text/plain' }] }
      const refusal = { code: 'UNSUPPORTED', strategy: strategy.name }
      await expect(attach(app, 'v1', artifact, { strategy })).rejects.toMatchObject(refusal)
      await expect(detach(app, 'v1', subject.digest, { strategy })).rejects.toMatchObject(refusal)
      expect(written).toEqual([])
    })

    test('finds nothing for a subject that nothing points at, and for one that does not exist', async () => {
      const { app } = await setUp()
      expect(await all(referrers(app, 'v1', { strategy }))).toEqual([])
      const missing = `sha256:${'0'.repeat(64)}`
      expect(await all(referrers(app, missing, { strategy }))).toEqual([])
      expect(await hasReferrer(app, 'v1', { strategy })).toBe(false)
    })

    test('says that a tag is missing instead of finding nothing', async () => {
      const { app } = await setUp()
      await expect(hasReferrer(app, 'v9', { strategy })).rejects.toMatchObject({ status: 404 })
    })

    test('passes an abort through as the caller gave it', async () => {
      const { app } = await setUp()
      const reason = new Error('enough')
      const signal = AbortSignal.abort(reason)
      await expect(all(referrers(app, 'v1', { strategy, signal }))).rejects.toBe(reason)
    })
  })
}
