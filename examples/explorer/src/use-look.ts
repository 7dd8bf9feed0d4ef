// What is known of an image: first what is attached to it, then what is attached to that.
import { useState } from 'preact/hooks'
import { type Look, lookAt, lookDeeper } from './look.ts'
import type { Place } from './places.ts'
import { useLoaded } from './use-loaded.ts'

/** Artifacts; where there are more, nobody asks for what is attached to each, unless it is wanted. */
const FEW = 100

export interface Looking {
  readonly look?: Look
  readonly error?: Error
  readonly isLooking: boolean
  /** Looks deeper, where that was not done because it takes so many requests. */
  readonly lookDeeper?: () => void
}

export function useLook(place: Place): Looking {
  const [wanted, setWanted] = useState(false)
  const first = useLoaded(place.reference, (signal) => lookAt(place, signal))
  const begun = first.value
  const isLeft = begun !== undefined && begun.discovery.flat.length > FEW && !wanted
  const deep = useLoaded(isLeft || !begun ? 'not yet' : place.reference, async (signal) =>
    isLeft || !begun ? undefined : lookDeeper(place, begun, signal),
  )
  const look = deep.value ?? begun
  const error = first.error ?? deep.error
  return {
    ...(look && { look }),
    ...(error && { error }),
    isLooking: !deep.value && !error && !isLeft,
    ...(isLeft && { lookDeeper: () => setWanted(true) }),
  }
}
