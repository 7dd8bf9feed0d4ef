/**
 * Where nodes are found (PROPOSAL_C.md, "Registry HTTP API").
 *
 * @module
 */
import type { Via } from '../strategy.ts'

export const NAME = 'node-manifest'
export const VIA: Via = { strategy: NAME, source: 'nodes-api', kept: 'registry' }
