/**
 * What pushes of small data do without, loaded in one piece: a piece for each cuts up what is loaded first as well.
 *
 * @module
 */
import { pushChunks } from './push-chunks.ts'
import { readStream, sizeHint } from './stream-data.ts'
import { closeWatched } from './watched-upload.ts'

/** Each is described where it is. */
export const onDemand: {
  readonly closeWatched: typeof closeWatched
  readonly pushChunks: typeof pushChunks
  readonly readStream: typeof readStream
  readonly sizeHint: typeof sizeHint
} = { closeWatched, pushChunks, readStream, sizeHint }
