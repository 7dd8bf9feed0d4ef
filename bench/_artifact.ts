// The artifact that every client of linking.ts attaches: one blob of 10 KB.
export const artifactType = 'application/vnd.example.report'
export const mediaType = 'text/plain'

/** 10 KB of text that differs from label to label. */
export const reportText = (label: string): string => `${label}\n`.repeat(10_240).slice(0, 10_240)
