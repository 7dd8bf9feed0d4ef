import type { FoundReferrer, Source } from 'ocilink'
import { useState } from 'preact/hooks'
import { DEPTH, type Look } from '../look.ts'
import { manifestOf, type Place } from '../places.ts'
import { short } from '../texts.ts'
import { useLook } from '../use-look.ts'
import { ContentView } from './content-view.tsx'
import { Picture } from './picture.tsx'
import { ReferrerTree } from './referrer-tree.tsx'
import { SaveButton } from './save-button.tsx'
import { SourceTable } from './source-table.tsx'
import { WhyTable } from './why-table.tsx'

interface Props {
  readonly place: Place
  readonly onOpen: (place: Place) => void
}

/** An image, and everything that is attached to it. */
export function ImagePanel({ place, onOpen }: Props) {
  const { look, error, isLooking, lookDeeper } = useLook(place)
  const openPlatform = (digest: string) => {
    onOpen(manifestOf(place, digest))
    // The button that was focused goes with the image that it is of.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.reference')?.focus())
  }
  const [chosen, setChosen] = useState<FoundReferrer>()
  return (
    <>
      <section aria-label="Image" aria-busy={isLooking}>
        <h2 class="reference" tabIndex={-1}>
          {place.reference}
        </h2>
        {error && <p class="problem">It could not be read: {error.message}</p>}
        {!look && !error && <p class="waiting">Asking {place.repo.registry} …</p>}
        {look && <Facts look={look} onPlatform={openPlatform} />}
        {look && <SaveButton place={place} />}
        {look && (
          <>
            <h3>Attached</h3>
            <p class="summary" role="status">
              {summary(look)}
              {isLooking && ' Looking for what is attached to that …'}
            </p>
            {lookDeeper && (
              <p class="hint">
                What is attached to these was not looked for: that takes a request for each.{' '}
                <button type="button" onClick={lookDeeper}>
                  Look for it
                </button>
              </p>
            )}
            <ReferrerTree
              referrers={look.discovery.referrers}
              platforms={look.platforms}
              chosen={chosen}
              onChoose={setChosen}
            />
            <Picture look={look} />
            <WhyTable repo={place.repo} digest={look.digest} />
            <h3>Where it was looked</h3>
            <SourceTable sources={sourcesOf(look)} />
          </>
        )}
      </section>
      <section aria-label="Content">
        {chosen ? (
          <ContentView key={chosen.digest} repo={place.repo} referrer={chosen} />
        ) : (
          look &&
          look.discovery.flat.length > 0 && <p class="hint">Choose what is attached to read it.</p>
        )}
      </section>
    </>
  )
}

interface FactsProps {
  readonly look: Look
  readonly onPlatform: (digest: string) => void
}

function Facts({ look, onPlatform }: FactsProps) {
  return (
    <dl>
      <dt>Digest</dt>
      <dd class="digest">{look.digest}</dd>
      <dt>Type</dt>
      <dd>{short(look.mediaType)}</dd>
      <dt>Manifest</dt>
      <dd>{look.size} bytes</dd>
      {look.problem && (
        <>
          <dt>Platforms</dt>
          <dd class="problem">They could not be read: {short(look.problem)}</dd>
        </>
      )}
      {look.platforms.length > 0 && (
        <>
          <dt>Platforms</dt>
          <dd class="platforms">
            {look.platforms.map(({ digest, name }) => (
              <button type="button" key={digest} onClick={() => onPlatform(digest)}>
                {short(name)}
              </button>
            ))}
          </dd>
        </>
      )}
    </dl>
  )
}

/** Those of the image itself, and what could not be asked of what is attached to it. */
function sourcesOf({ digest, discovery: { sources } }: Look): readonly Source[] {
  return sources.filter(({ subject, status }) => subject === digest || status === 'failed')
}

/** Never "nothing" where not all could be asked. */
function summary({ discovery: { flat, complete, referrers } }: Look): string {
  const count = flat.length === 1 ? '1 artifact' : `${flat.length} artifacts`
  const deeper = levelsOf(referrers) < DEPTH ? '' : ` It was looked ${DEPTH} levels deep.`
  if (complete) return flat.length === 0 ? 'Nothing is attached.' : `${count}.${deeper}`
  return `${flat.length === 0 ? 'Nothing was found' : count}, but not all could be asked: there may be more.`
}

function levelsOf(referrers: readonly FoundReferrer[]): number {
  return referrers.reduce((most, one) => Math.max(most, 1 + levelsOf(one.referrers)), 0)
}
