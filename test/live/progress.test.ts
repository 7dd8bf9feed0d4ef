// How far an upload is, as a program sees it on real registries: data in memory goes as a stream then.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attach, digestOf, repository } from '../../src/index.ts'
import { getBlobBytes } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import {
  craneRegistry,
  distribution,
  dockerRegistry,
  olareg,
  olaregTokenAuth,
  type RunningRegistry,
} from './_registries.ts'

const KIB = 1024
const data = new Uint8Array(5000 * KIB).map((_, i) => i % 251)

describe.each([olareg, olaregTokenAuth, dockerRegistry, distribution, craneRegistry])(
  '$name',
  (registry) => {
    let running: RunningRegistry
    beforeAll(async () => {
      running = await registry.start()
    })
    afterAll(async () => {
      await running?.stop()
    })

    test('begins at 0, and moves at least every 256 KiB', async () => {
      const { host, login } = running
      const moved: number[] = []
      const app = repository(`${host}/team/app`, {
        credentials: login,
        onProgress: ({ direction, bytes: { done, total } }) => {
          if (direction === 'upload' && total === data.byteLength) moved.push(done)
        },
      })
      const image = await pushImage(app)
      const blobs = [{ data, mediaType: 'application/octet-stream' }]
      const artifact = { artifactType: 'application/vnd.example.dump', blobs }
      await attach(app, image, artifact)
      expect(moved[0]).toBe(0)
      expect(moved.at(-1)).toBe(data.byteLength)
      for (const [i, at] of moved.slice(1).entries()) {
        expect(at - moved[i]!).toBeGreaterThan(0)
        expect(at - moved[i]!).toBeLessThanOrEqual(256 * KIB)
      }
      const digest = await digestOf(data)
      const size = data.byteLength
      const stored = await getBlobBytes(app, { digest, size }, { limit: size })
      expect(Buffer.compare(stored, data)).toBe(0)
    })
  },
)
