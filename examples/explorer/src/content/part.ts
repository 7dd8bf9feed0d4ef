/** Something to read: a text, or rows of which the first has the headings. */
export interface Part {
  readonly title: string
  readonly note?: string
  readonly text?: string
  readonly rows?: readonly (readonly string[])[]
}
