/**
 * The error for a registry that has no nodes.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import type { Repository } from '../../registry/repository.ts'
import { alternatives } from '../lib/alternatives.ts'
import { NAME } from './via.ts'

export function noNodes(repo: Repository, cause?: unknown): UnsupportedError {
  return new UnsupportedError(
    `${repo.registry} has no node manifests: link with ${alternatives.join(', ')}`,
    { strategy: NAME, missing: ['nodesApi'], alternatives },
    { cause },
  )
}
