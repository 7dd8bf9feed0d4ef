/**
 * What a copy did, as people and programs read it: one shape of `copy`, `save` and `load`.
 *
 * @module
 */
import type { CopyLoss, CopyReport, Descriptor } from '../../index.ts'
import { errorJson } from './error-json.ts'
import { listedJson, referrerJson, sourceJson } from './referrer-text.ts'

/** A report as JSON. */
export function copyJson(report: CopyReport): object {
  const { complete, dryRun, tags, manifests, blobs, referrers, losses, sources, cut } = report
  return {
    complete,
    dryRun,
    descriptor: contentJson(report.descriptor),
    tags,
    manifests: manifests.map((one) => ({ ...contentJson(one), status: one.status })),
    blobs: blobs.map((one) => ({ ...contentJson(one), status: one.status })),
    referrers: referrers.map((one) => ({
      ...listedJson(one),
      status: one.status,
      ...(one.as && { as: one.as.map(referrerJson) }),
    })),
    losses: losses.map(lossJson),
    sources: sources.map(sourceJson),
    ...(cut && { cut: errorJson(cut) }),
    requests: report.requests,
  }
}

/** What names content; a descriptor of a registry may hold more. */
function contentJson({ digest, mediaType, size }: Descriptor): object {
  return { digest, mediaType, size }
}

function lossJson({ digest, reason, subject, strategies, field, error }: CopyLoss): object {
  return {
    digest,
    reason,
    ...(subject !== undefined && { subject }),
    ...(strategies && { strategies }),
    ...(field !== undefined && { field }),
    ...(error && { error: errorJson(error) }),
  }
}

/** A line for each thing that did not come along. */
export function lossLines({ losses }: CopyReport): readonly string[] {
  return losses.map(({ digest, reason }) => `lost: ${digest}: ${reason}`)
}
