/**
 * JSON of which single fields are looked at. What has to be right is read by the parsers of `model/`, whose errors say
 * what is wrong.
 *
 * @module
 */

/** The fields of an object, or of a list; none of anything else, such as bytes that are no JSON. */
export function fieldsOf(bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return {}
  }
}
