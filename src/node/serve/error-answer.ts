/**
 * Answers of the server itself, in the shape of distribution-spec 1.1, "Error Codes".
 *
 * @module
 */

/** An error answer. */
export function errorAnswer(status: number, code: string, message: string): Response {
  return Response.json({ errors: [{ code, message }] }, { status })
}
