import { hierarchy, tree } from 'd3-hierarchy'
import type { FoundReferrer } from 'ocilink'
import { marksOf } from '../kinds.ts'
import type { Look } from '../look.ts'

/** A picture of more is no picture. */
const MOST = 200
/** Pixels between two nodes: down, and to the right. */
const STEP = { down: 26, right: 180 }

interface Node {
  readonly label: string
  readonly kind: string
  readonly children: readonly Node[]
}

/** The same as the list, as a picture: what is attached points at what it is attached to. */
export function Picture({ look }: { readonly look: Look }) {
  const { flat, referrers } = look.discovery
  if (flat.length === 0 || flat.length > MOST) return null
  const root: Node = { label: 'image', kind: 'image', children: referrers.map(nodeOf) }
  const laid = tree<Node>().nodeSize([STEP.down, STEP.right])(hierarchy(root))
  const nodes = laid.descendants()
  const top = Math.min(...nodes.map(({ x }) => x)) - STEP.down
  const bottom = Math.max(...nodes.map(({ x }) => x)) + STEP.down
  const width = (laid.height + 1) * STEP.right + 40
  return (
    <svg
      class="picture"
      role="img"
      aria-label={`The image and what is attached to it: ${flat.length}`}
      viewBox={`-10 ${top} ${width} ${bottom - top}`}
      width={width}
      height={bottom - top}
    >
      {laid.links().map(({ source, target }) => (
        <path
          key={`${target.x} ${target.y}`}
          d={`M${target.y},${target.x}C${(source.y + target.y) / 2},${target.x} ${(source.y + target.y) / 2},${source.x} ${source.y},${source.x}`}
        />
      ))}
      {nodes.map(({ x, y, data }) => (
        <g key={`${x} ${y}`} transform={`translate(${y},${x})`} data-kind={data.kind}>
          <circle r="5" />
          <text x="9" dy="0.32em">
            {data.label}
          </text>
        </g>
      ))}
    </svg>
  )
}

function nodeOf(referrer: FoundReferrer): Node {
  const marks = marksOf(referrer)
  return {
    label: `${marks.join(', ')} ${referrer.digest.slice(7, 15)}`,
    kind: marks[0]!,
    children: referrer.referrers.map(nodeOf),
  }
}
