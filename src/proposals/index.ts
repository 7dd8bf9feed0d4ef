/**
 * `ocilink/proposals`: what only one proposal of 2022 has, such as the node functions of proposal C.
 *
 * @module
 */
export { type EntryAnnotationsOptions, entryAnnotations } from './entry-annotations.ts'
export {
  type ChainedNode,
  type NodeChainOptions,
  type NodeOptions,
  type NodeReferrersOptions,
  nodeChain,
  nodeDescription,
  nodeObjects,
  nodeReference,
  nodeReferrers,
} from './nodes.ts'
