// The layout that BuildKit wrote, read as it lies in its directory.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { statements } from '../../../src/index.ts'
import { layout } from '../../../src/node/index.ts'
import { all } from '../../_image.ts'
import { SLSA } from './_attached.ts'

test('reads those of a layout that BuildKit wrote', async () => {
  const path = fileURLToPath(new URL('../../vectors/recorded/buildkit0-layout', import.meta.url))
  const box = await layout(path, { readOnly: true })
  const found = await all(statements(box.repository(), 'latest'))
  expect(found.map(({ predicateType }) => predicateType)).toEqual([SLSA, SLSA])
  const platform = 'linux/arm64'
  const [one, ...others] = await all(statements(box.repository(), 'latest', { platform }))
  expect(others).toEqual([])
  expect(one?.via.map(({ strategy }) => strategy).sort()).toEqual(['buildkit', 'oci-subject'])
  // BuildKit names no subjects where the image has no name.
  expect(found.map(({ statement }) => statement.subject)).toEqual([[], []])
  expect(found.map(({ subjectMatches }) => subjectMatches)).toEqual([false, false])
  await box.close()
})
